package crm_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// TestNothingPersonalIsSaid calls every verb of every collection with arguments
// that are personal throughout, good ones and bad ones, and reads all logs and
// the texts of all errors.
func TestNothingPersonalIsSaid(t *testing.T) {
	var said bytes.Buffer
	book := open(t, memstore.New(nil), &crm.Options{Logger: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	p := seed(t, book)
	tell := func(err error) {
		for ; err != nil; err = errors.Unwrap(err) {
			said.WriteString(err.Error() + "\n")
			if _, joined := err.(interface{ Unwrap() []error }); joined {
				break
			}
		}
	}
	calls, faults := 0, 0
	// call calls a method with arguments of a filler's making.
	call := func(name string, method reflect.Value, fill *filler) {
		typ := method.Type()
		args := []reflect.Value{}
		for i := range typ.NumIn() {
			if typ.IsVariadic() && i == typ.NumIn()-1 {
				args = append(args, fill.value(typ.In(i).Elem(), 0))
				continue
			}
			args = append(args, fill.value(typ.In(i), 0))
		}
		calls++
		for _, out := range method.Call(args) {
			switch v := out.Interface().(type) {
			case error:
				faults++
				tell(v)
			default:
				if out.Kind() != reflect.Func || out.IsNil() || out.Type().NumIn() != 1 || out.Type().In(0).NumIn() != 2 {
					continue
				}
				yield := reflect.MakeFunc(out.Type().In(0), func(in []reflect.Value) []reflect.Value {
					if err, ok := in[1].Interface().(error); ok {
						faults++
						tell(err)
					}
					return []reflect.Value{reflect.ValueOf(true)}
				})
				out.Call([]reflect.Value{yield})
			}
		}
		if words := planted(said.Bytes()); words != nil {
			t.Errorf("%s says %q:\n%s", name, words, &said)
		}
		said.Reset()
	}
	for _, fill := range []*filler{
		{ctx: t.Context(), id: string(p.id)},                     // of somebody
		{ctx: t.Context(), id: "ada.seed@example.com"},           // an address for an id
		{ctx: t.Context(), id: string(p.id), long: true},         // too long
		{ctx: t.Context(), id: "nobody"},                         // of nobody
		{ctx: t.Context(), id: "Adaseed Loveseed", broken: true}, // not UTF-8
	} {
		collections := reflect.ValueOf(book).Elem()
		for i := range collections.NumField() {
			f := collections.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			c := collections.Field(i)
			for m := range c.NumMethod() {
				name := f.Name + "." + c.Type().Method(m).Name
				if f.Name == "Products" || f.Name == "Followers" {
					continue // SKUs and names of followers are nobody's
				}
				switch name {
				case "Privacy.Erase", "Privacy.Sweep", "Customers.Unmerge", "Events.Wait":
					continue // the seeds are to stay; it waits
				}
				call(name, c.Method(m), fill)
			}
		}
		// What the book itself takes.
		for _, rec := range []crm.Record{
			{Customer: fill.value(reflect.TypeFor[*crm.Customer](), 0).Interface().(*crm.Customer)},
			{Order: fill.value(reflect.TypeFor[*crm.Order](), 0).Interface().(*crm.Order)},
			{Refund: fill.value(reflect.TypeFor[*crm.Refund](), 0).Interface().(*crm.Refund)},
			{Interaction: fill.value(reflect.TypeFor[*crm.Interaction](), 0).Interface().(*crm.Interaction)},
		} {
			_, err := book.Import(t.Context(), sequence([]crm.Record{rec}, nil), &crm.ImportOptions{
				Reject: func(_ crm.Record, err error) { tell(err) }, Warn: func(_ crm.Record, text string) { said.WriteString(text) },
			})
			tell(err)
		}
		_, err := book.ImportJSONL(t.Context(), strings.NewReader(strings.Join(seeds, "\n")), nil)
		tell(err)
		if words := planted(said.Bytes()); words != nil {
			t.Errorf("imports say %q:\n%s", words, &said)
		}
		said.Reset()
	}
	call("Privacy.Erase", reflect.ValueOf(book.Privacy.Erase), &filler{ctx: t.Context(), id: "Adaseed Loveseed"})
	call("Privacy.Erase", reflect.ValueOf(book.Privacy.Erase), &filler{ctx: t.Context(), id: string(p.id)})
	if calls < 250 || faults < 100 {
		t.Errorf("%d calls with %d errors: the test reaches too little", calls, faults)
	}
}

// A filler makes arguments that hold seeds wherever there is room for text.
type filler struct {
	ctx          context.Context
	id           string // for whatever is an id
	long, broken bool
	n            int
}

func (f *filler) text() string {
	f.n++
	s := seeds[f.n%len(seeds)]
	switch {
	case f.long:
		return strings.Repeat(s+" ", 10_000)
	case f.broken:
		return s + "\xff"
	}
	return s
}

func (f *filler) value(t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	switch t {
	case reflect.TypeFor[context.Context]():
		return reflect.ValueOf(f.ctx)
	case reflect.TypeFor[io.Writer]():
		return reflect.ValueOf(io.Discard)
	case reflect.TypeFor[time.Time]():
		return reflect.ValueOf(day(50))
	case reflect.TypeFor[crm.Money]():
		return reflect.ValueOf(gbp(100))
	case reflect.TypeFor[crm.Value]():
		return reflect.ValueOf(crm.Text(f.text()))
	case reflect.TypeFor[crm.Currency]():
		return reflect.ValueOf(crm.Currency("GBP"))
	case reflect.TypeFor[crm.Ref]():
		return reflect.ValueOf(crm.Ref{Source: "shop", ID: f.id})
	}
	if depth > 6 {
		return v
	}
	switch t.Kind() {
	case reflect.String:
		if strings.HasSuffix(t.Name(), "ID") {
			v.SetString(f.id)
		} else if t.PkgPath() == "" { // others are words of a program: kinds, states, channels
			v.SetString(f.text())
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() && t.Field(i).Name != "After" { // the token of a page

				v.Field(i).Set(f.value(t.Field(i).Type, depth+1))
			}
		}
	case reflect.Slice:
		v.Set(reflect.Append(v, f.value(t.Elem(), depth+1)))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(reflect.ValueOf("shoe").Convert(t.Key()), f.value(t.Elem(), depth+1))
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(f.value(t.Elem(), depth+1))
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Func:
		v.Set(reflect.MakeFunc(t, func(in []reflect.Value) []reflect.Value {
			if len(in) == 1 && in[0].Kind() == reflect.Pointer { // what an Update is given is filled
				in[0].Elem().Set(f.value(in[0].Type().Elem(), depth+1))
			}
			out := make([]reflect.Value, t.NumOut())
			for i := range out {
				out[i] = reflect.Zero(t.Out(i))
			}
			return out
		}))
	}
	return v
}
