package shopcsv

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// An Encoding is how records are written.
type Encoding string

// The encodings.
const (
	CSV   Encoding = "csv"   // for spreadsheets and other systems; read again as OwnCustomers and OwnOrders
	JSONL Encoding = "jsonl" // one JSON object a line, as encoding/json writes the types of package crm
)

// WriteCustomers writes customers in their order. What tells when they were
// recorded, CreatedAt and UpdatedAt, is left out, so that two books with the
// same contents write the same bytes. It stops at the first error of the
// sequence or of w and returns it.
//
// In CSV a customer is a row: the first address stands in columns of its own,
// further ones as JSON in one. Reading it with [OwnCustomers] gives the same
// customers.
func WriteCustomers(w io.Writer, e Encoding, customers iter.Seq2[*crm.Customer, error]) error {
	return write(w, e, customers, customerColumns().header(), func(c *crm.Customer) (any, [][]string, error) {
		p := *c
		p.CreatedAt, p.UpdatedAt = time.Time{}, time.Time{}
		if e == JSONL {
			return p, nil, nil
		}
		if _, err := json.Marshal(p.Attributes); err != nil { // a number that is none
			return nil, nil, err
		}
		return nil, [][]string{customerColumns().cells(&p)}, nil
	})
}

// WriteOrders writes orders as [WriteCustomers] does customers. In CSV a row
// is an item; what is said of the order stands on its first row, and only its
// id on the others. Reading it with [OwnOrders] gives the same orders. An
// order needs an ID or a Ref.
func WriteOrders(w io.Writer, e Encoding, orders iter.Seq2[*crm.Order, error]) error {
	head, body := orderColumns(), itemColumns()
	return write(w, e, orders, append(head.header(), body.header()...), func(o *crm.Order) (any, [][]string, error) {
		p := *o
		p.CreatedAt, p.UpdatedAt = time.Time{}, time.Time{}
		if e == JSONL {
			return p, nil, nil
		}
		if p.ID == "" && p.Ref.IsZero() {
			return nil, nil, invalid("Order", "", "an id or a ref")
		}
		rows := make([][]string, max(1, len(p.Items)))
		rows[0] = head.cells(&p)
		for i := range rows {
			if i > 0 {
				rows[i] = make([]string, len(head))
				rows[i][0], rows[i][1] = rows[0][0], rows[0][1] // id and ref
			}
			if i < len(p.Items) {
				rows[i] = append(rows[i], body.cells(&line{&p.Items[i], p.Currency})...)
			} else {
				rows[i] = append(rows[i], make([]string, len(body))...)
			}
		}
		return nil, rows, nil
	})
}

// write writes what encode makes of each element.
func write[T any](w io.Writer, e Encoding, all iter.Seq2[*T, error], header []string, encode func(*T) (any, [][]string, error)) error {
	switch e {
	case CSV, JSONL:
	default:
		return invalid("Encoding", string(e), "csv or jsonl")
	}
	buf := bufio.NewWriterSize(w, 64<<10)
	out, object := newCSVWriter(buf), json.NewEncoder(buf)
	object.SetEscapeHTML(false)
	if e == CSV {
		out.row(header)
	}
	for v, err := range all {
		if err != nil {
			return err
		}
		value, rows, err := encode(v)
		if err == nil && e == JSONL {
			err = object.Encode(value)
		}
		for _, cells := range rows {
			out.row(cells)
		}
		if err == nil {
			err = out.flush()
		}
		if err != nil {
			return fmt.Errorf("shopcsv: %w", err)
		}
	}
	if err := out.flush(); err != nil {
		return fmt.Errorf("shopcsv: %w", err)
	}
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("shopcsv: %w", err)
	}
	return nil
}
