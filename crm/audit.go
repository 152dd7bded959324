package crm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// The numbers of the tables of the audit log.
const (
	tableAudit     = 19
	tableAuditHead = 25
)

// An AuditEntry says who changed what when. It holds no personal data: of what
// changed it names the fields.
type AuditEntry struct {
	Number        int64         `json:"number"` // 1 for the first, one more for each that follows
	Actor         string        `json:"actor"`
	Action        EventKind     `json:"action"`
	CustomerID    CustomerID    `json:"customer_id,omitzero"`
	ProductID     ProductID     `json:"product_id,omitzero"`
	SKU           string        `json:"sku,omitzero"`
	OrderID       OrderID       `json:"order_id,omitzero"`
	RefundID      RefundID      `json:"refund_id,omitzero"`
	InteractionID InteractionID `json:"interaction_id,omitzero"`
	OtherID       CustomerID    `json:"other_id,omitzero"`
	Name          string        `json:"name,omitzero"` // as the event has it
	Channel       Channel       `json:"channel,omitzero"`
	Fields        []string      `json:"fields,omitzero"` // that got another value, as in JSON
	At            time.Time     `json:"at"`
	Hash          []byte        `json:"hash"` // SHA-256 over the Hash of the entry before and this one without it
}

// auditFields never changes: a new field would change the hashes. Later
// releases raise the table's Format.
func auditFields(c *store.Coder, e *AuditEntry) {
	store.Int(c, 1, &e.Number)
	store.String(c, 2, &e.Actor)
	store.String(c, 3, &e.Action)
	store.String(c, 4, &e.CustomerID)
	store.String(c, 5, &e.ProductID)
	store.String(c, 6, &e.SKU)
	store.String(c, 7, &e.OrderID)
	store.String(c, 8, &e.RefundID)
	store.String(c, 9, &e.InteractionID)
	store.String(c, 10, &e.OtherID)
	store.String(c, 11, &e.Name)
	store.String(c, 12, &e.Channel)
	store.Strings(c, 13, &e.Fields)
	store.Time(c, 14, &e.At)
	store.Bytes(c, 15, &e.Hash)
}

// id is how keys name an entry: its number, so that they sort by it.
func (e *AuditEntry) id() string { return fmt.Sprintf("%019d", e.Number) }

// seal returns the hash of an entry that follows one with the hash before.
func (e *AuditEntry) seal(before []byte) []byte {
	open := *e
	open.Hash = nil
	sum := sha256.Sum256(store.Encode(slices.Clone(before), &open, auditFields))
	return sum[:]
}

// An auditHead is where the log ends, so that it is not cut off unnoticed.
type auditHead struct {
	Number int64  `json:"number"`
	Hash   []byte `json:"hash"`
}

func auditHeadFields(c *store.Coder, h *auditHead) {
	store.Int(c, 1, &h.Number)
	store.Bytes(c, 2, &h.Hash)
}

// everybody stands in the index of actors for all of them.
const everybody = ""

var auditTable = store.MustTable(store.Schema[AuditEntry]{
	Number: tableAudit, Name: "crm.audit",
	Fields: auditFields,
	Key:    func(k store.Key, e *AuditEntry) store.Key { return k.String(e.id()) },
	Indexes: []store.Index[AuditEntry]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, e *AuditEntry, add func(store.Key)) {
			if e.CustomerID != "" {
				add(k.String(string(e.CustomerID)).Time(e.At))
			}
		}},
		{Number: 2, Name: "actor", Keys: func(k store.Key, e *AuditEntry, add func(store.Key)) {
			for _, name := range []string{everybody, e.Actor} {
				add(slices.Clip(k).String(name).Time(e.At))
			}
		}},
	},
	Subject: func(e *AuditEntry) string { return string(e.CustomerID) },
	Owner:   "customer",
	Keep:    true, // it holds no personal data
})

var auditHeadTable = store.MustTable(store.Schema[auditHead]{
	Number: tableAuditHead, Name: "crm.audit_head",
	Fields: auditHeadFields,
	Key:    func(k store.Key, _ *auditHead) store.Key { return k },
})

// audit notes an event for the log, when somebody is named who changes things.
func (tx *Tx) audit(e *Event) {
	if tx.actor == "" {
		return
	}
	a := &AuditEntry{
		Actor: tx.actor, Action: e.Kind, CustomerID: e.CustomerID, ProductID: e.ProductID, SKU: e.SKU,
		OrderID: e.OrderID, RefundID: e.RefundID, InteractionID: e.InteractionID, OtherID: e.OtherID,
		Name: e.Name, Channel: e.Channel, At: e.CreatedAt,
	}
	for _, c := range e.Changes {
		a.Fields = append(a.Fields, c.Field)
	}
	tx.audits = append(tx.audits, a)
}

// closeAudit writes what the transaction has noted at the end of the log. Who
// writes there reads where it ends, so that of two at once one comes after the
// other.
func (tx *Tx) closeAudit() error {
	if len(tx.audits) == 0 {
		return nil
	}
	row, err := found(tx.book.auditHeads.Load(tx.st, tx.book.auditHeads.Key()))
	if err != nil {
		return err
	}
	head := &auditHead{}
	if row != nil {
		head = row.Value
	}
	for _, e := range tx.audits {
		e.Number = head.Number + 1
		e.Hash = e.seal(head.Hash)
		head.Number, head.Hash = e.Number, e.Hash
		if _, err := tx.book.audits.Save(tx.st, nil, e); err != nil {
			return err
		}
	}
	tx.audits = nil
	_, err = tx.book.auditHeads.Save(tx.st, row, head)
	return err
}

// AuditQuery selects entries of the audit log, in the order of their times. The
// zero value selects all.
type AuditQuery struct {
	CustomerID CustomerID // of this customer and whoever was merged with them
	Actor      string     // by this one
	From, To   time.Time  // at From or later and before To; zero is open
	Newest     bool       // the newest first; else the oldest
	Limit      int        // of a page, 0 means 100; of a list, 0 means all
	After      string     // the Next of the page before
}

// Audit yields the entries of the audit log that q selects: who changed what
// when, as far as the contexts of the changes named an actor (see [WithActor]).
// On a Book it reads in short transactions and yields outside of them; it is no
// snapshot.
func (c *Privacy) Audit(ctx context.Context, q AuditQuery) iter.Seq2[*AuditEntry, error] {
	return list(ctx, q.Limit, q.After, func(limit int, after string) (Page[AuditEntry], error) {
		q.Limit, q.After = limit, after
		return c.AuditPage(ctx, q)
	})
}

// AuditPage returns one page of what [Privacy.Audit] yields. With both a
// customer and an actor, a page reads up to 2,000 and may then hold fewer than
// Limit, or none, and still have a Next. It returns [ErrInvalid] for an After
// that is not of a page of the same query.
func (c *Privacy) AuditPage(ctx context.Context, q AuditQuery) (Page[AuditEntry], error) {
	return see(ctx, c.conn, "Privacy.AuditPage", "", "", func(tx *Tx) (Page[AuditEntry], error) {
		t := tx.book.audits
		lanes := lanesOf(nil, t.Index("actor").Key(), 0, []CustomerID{CustomerID(q.Actor)})
		s := sieve[AuditEntry]{read: func(stops []stop) ([]*AuditEntry, error) { return there(tx, t, stops) }}
		if q.CustomerID != "" {
			ids, err := tx.cluster(q.CustomerID)
			if err != nil {
				return Page[AuditEntry]{}, err
			}
			lanes = lanesOf(nil, t.Index("customer").Key(), 0, ids)
			if q.Actor != "" {
				s.keep = func(e *AuditEntry) bool { return e.Actor == q.Actor }
			}
		}
		s.gather = tx.along(lanes)
		return s.page(span{q.From, q.To, q.Newest, q.Limit, q.After, string(q.CustomerID) + " " + q.Actor})
	})
}

// VerifyAudit reads the whole audit log and returns an error that wraps
// [store.ErrCorrupt] and tells the number of the first entry that was changed,
// is missing or stands in another place. It reads the entries themselves, as
// [Inspect] shows them, and not the indexes by which Audit finds them. Whoever
// can write the file can write the whole log anew: a shop that has to rule that
// out notes the Number and Hash of the last entry elsewhere from time to time,
// and compares.
func (c *Privacy) VerifyAudit(ctx context.Context) error {
	return c.view(ctx, "Privacy.VerifyAudit", "", "", func(tx *Tx) error {
		head, err := tx.book.auditHeads.Get(tx.st, tx.book.auditHeads.Key())
		if errors.Is(err, ErrNotFound) {
			head, err = &auditHead{}, nil
		}
		if err != nil {
			return err
		}
		var last auditHead
		fault := func(n int64, what string) error {
			return fmt.Errorf("entry %d of the audit log %s: %w", n, what, store.ErrCorrupt)
		}
		for e, err := range tx.book.audits.Scan(tx.st, store.Range{}) {
			switch n := last.Number + 1; {
			case err != nil && errors.Is(err, store.ErrCorrupt):
				return fmt.Errorf("entry %d of the audit log: %w", n, err)
			case err != nil:
				return err
			case e.Number != n:
				return fault(n, "is missing")
			case !bytes.Equal(e.Hash, e.seal(last.Hash)):
				return fault(n, "was changed")
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			last = auditHead{e.Number, e.Hash}
		}
		switch {
		case last.Number < head.Number:
			return fault(last.Number+1, "is missing")
		case last.Number > head.Number:
			return fault(head.Number+1, "is behind its end")
		case !bytes.Equal(last.Hash, head.Hash):
			return fault(last.Number, "was changed")
		}
		return nil
	})
}
