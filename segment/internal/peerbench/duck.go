package peerbench

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// A Duck is a DuckDB that holds a world. It is for one goroutine.
type Duck struct {
	db   *sql.DB
	conn *sql.Conn
}

// OpenDuck fills a DuckDB in memory with a world, and with what a base keeps of
// its customers. Orders stand in the order of time, as do the lines, which have
// the time and the customer of their order beside them so that nobody need
// join the two, and events. The table kept has what customers has, and more.
func OpenDuck(ctx context.Context, w *World, b *column.Base) (*Duck, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	d := &Duck{db, conn}
	if err := d.fill(ctx, w, b); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close gives its memory back.
func (d *Duck) Close() error { return errors.Join(d.conn.Close(), d.db.Close()) }

const schema = `
	SET threads = 2;
	SET preserve_insertion_order = false;
	CREATE TYPE channel AS ENUM (%s);
	CREATE TYPE kind AS ENUM (%s);
	CREATE TYPE category AS ENUM (%s);
	CREATE TYPE lang AS ENUM (%s);
	CREATE TYPE subscription AS ENUM (%s);
	CREATE TYPE account AS ENUM (%s);
	CREATE TABLE customers (id INTEGER, language lang, subscription subscription, account account, added TIMESTAMP);
	CREATE TABLE products (id SMALLINT, title VARCHAR, brand VARCHAR, category category);
	CREATE TABLE orders (id INTEGER, customer INTEGER, t TIMESTAMP, amount BIGINT, channel channel);
	CREATE TABLE items (sale INTEGER, customer INTEGER, t TIMESTAMP, product SMALLINT, quantity TINYINT, amount BIGINT);
	CREATE TABLE events (customer INTEGER, t TIMESTAMP, kind kind, product SMALLINT);
	CREATE TABLE kept (id INTEGER, language lang, subscription subscription, account account, added TIMESTAMP,
		orders INTEGER, turnover BIGINT, priced INTEGER, units BIGINT, refunded BIGINT, spent BIGINT,
		first TIMESTAMP, last TIMESTAMP, checkout TIMESTAMP, seen TIMESTAMP, latest TIMESTAMP);
`

func (d *Duck) fill(ctx context.Context, w *World, b *column.Base) error {
	categories := map[string]bool{}
	var all []string
	for _, p := range w.Products {
		if !categories[p.Category] {
			categories[p.Category] = true
			all = append(all, p.Category)
		}
	}
	_, err := d.conn.ExecContext(ctx, fmt.Sprintf(schema, words(Channels), words(Kinds), words(all), words(languages), words(subscriptions), words(accounts)))
	if err != nil {
		return err
	}
	return errors.Join(
		d.load(ctx, "customers", len(w.Customers), func(i int, row []driver.Value) {
			c := &w.Customers[i]
			row[0], row[1], row[2], row[3], row[4] = int32(i), c.Language, c.Subscription, c.Account, instant(c.Added)
		}),
		d.load(ctx, "products", len(w.Products), func(i int, row []driver.Value) {
			p := &w.Products[i]
			row[0], row[1], row[2], row[3] = int16(i), p.Title, p.Brand, p.Category
		}),
		d.load(ctx, "orders", len(w.Orders), func(i int, row []driver.Value) {
			o := &w.Orders[i]
			row[0], row[1], row[2], row[3], row[4] = int32(i), o.Customer, instant(o.Time), o.Amount, Channels[o.Channel]
		}),
		d.load(ctx, "items", len(w.Items), func(i int, row []driver.Value) {
			l := &w.Items[i]
			o := &w.Orders[l.Order]
			row[0], row[1], row[2], row[3], row[4], row[5] = l.Order, o.Customer, instant(o.Time), l.Product, l.Quantity, l.Amount
		}),
		d.load(ctx, "events", len(w.Events), func(i int, row []driver.Value) {
			e := &w.Events[i]
			row[0], row[1], row[2], row[3] = e.Customer, instant(e.Time), Kinds[e.Kind], e.Product
		}),
		d.load(ctx, "kept", len(w.Customers), func(i int, row []driver.Value) {
			k := b.Chunk(i / column.ChunkSize)
			c, p := &w.Customers[i], uint32(i%column.ChunkSize)
			row[0], row[1], row[2], row[3], row[4] = int32(i), c.Language, c.Subscription, c.Account, instant(c.Added)
			row[5], row[6], row[7] = k.Sales.Of(p).Len, k.Turnover[p], k.Priced[p]
			row[8], row[9], row[10] = k.Units[p], k.Refunded[p], k.Spent[p]
			for j, t := range []int64{k.First[p], k.Last[p], k.Checkout[p], k.Seen[p], k.Latest[p]} {
				row[11+j] = nil
				if t != column.Lacking {
					row[11+j] = instant(t)
				}
			}
		}),
	)
}

func instant(t int64) time.Time { return time.UnixMilli(t).UTC() }

func words(all []string) string { return "'" + strings.Join(all, "', '") + "'" }

// load appends the rows of a table.
func (d *Duck) load(ctx context.Context, table string, n int, set func(i int, row []driver.Value)) error {
	return d.conn.Raw(func(conn any) error {
		a, err := duckdb.NewAppenderFromConn(conn.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		row := make([]driver.Value, columns[table])
		for i := range n {
			if set(i, row); err == nil {
				err = a.AppendRow(row...)
			}
			if err == nil && i%100_000 == 0 {
				err = ctx.Err()
			}
			if err != nil {
				break
			}
		}
		if err = errors.Join(err, a.Close()); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
		return nil
	})
}

// columns is how many the tables have.
var columns = map[string]int{"customers": 5, "products": 4, "orders": 5, "items": 6, "events": 4, "kept": 16}

func (d *Duck) exec(ctx context.Context, query string) error {
	_, err := d.conn.ExecContext(ctx, query)
	return err
}

// Dense lets DuckDB group by numbers of up to 24 bits in arrays, or, as it does
// unless told otherwise, of up to 12.
func (d *Duck) Dense(ctx context.Context, dense bool) error {
	if dense {
		return d.exec(ctx, "SET perfect_ht_threshold = 24")
	}
	return d.exec(ctx, "SET perfect_ht_threshold = 12")
}

// Run puts what a query finds into a temporary table.
func (d *Duck) Run(ctx context.Context, query string) error {
	return d.exec(ctx, "CREATE OR REPLACE TEMP TABLE found AS "+query)
}

// Found returns the rows that Run found, by their first column, which is an id.
// A row is its columns; times are milliseconds.
func (d *Duck) Found(ctx context.Context) ([][]int64, error) {
	rows, err := d.conn.QueryContext(ctx, "SELECT * FROM found ORDER BY 1")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]int64
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]int64, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case int32:
				row[i] = int64(v)
			case int64:
				row[i] = v
			case time.Time:
				row[i] = v.UnixMilli()
			default:
				return nil, fmt.Errorf("column %s has a %T", names[i], v)
			}
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
