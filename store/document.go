package store

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
)

// A Document is a record of a [Shelf] as JSON.
type Document struct {
	Key     Key             // primary, complete
	Subject string          // whose data it is, "" for nobody's
	JSON    json.RawMessage // all of it

	masked func() (json.RawMessage, error)
}

// Masked returns the JSON with "…" for each of its fields, at the top level,
// that holds personal data.
func (d Document) Masked() (json.RawMessage, error) {
	if d.masked == nil {
		return d.JSON, nil
	}
	return d.masked()
}

func (t *Table[T]) document(key, raw []byte) (Document, error) {
	v, err := t.decode(raw)
	if err != nil {
		return Document{}, err
	}
	return t.present(bytes.Clone(key), v)
}

// present makes a Document of a record.
func (t *Table[T]) present(key Key, v *T) (Document, error) {
	d := Document{Key: key}
	var err error
	if d.JSON, err = json.Marshal(v); err != nil {
		return Document{}, fmt.Errorf("table %s: %w", t.schema.Name, err)
	}
	if t.schema.Subject != nil {
		d.Subject = t.schema.Subject(v)
	}
	if len(t.schema.Personal) > 0 {
		d.masked = func() (json.RawMessage, error) {
			redacted, err := json.Marshal(t.Redact(v))
			if err == nil {
				redacted, err = mask(d.JSON, redacted)
			}
			if err != nil {
				return nil, fmt.Errorf("table %s: %w", t.schema.Name, err)
			}
			return redacted, nil
		}
	}
	return d, nil
}

var hidden = json.RawMessage(`"…"`)

// mask returns full with "…" for whatever redacted has otherwise, or not.
func mask(full, redacted json.RawMessage) (json.RawMessage, error) {
	if bytes.Equal(full, redacted) {
		return full, nil
	}
	if full[0] != '{' {
		return hidden, nil
	}
	var open map[string]json.RawMessage
	if err := json.Unmarshal(redacted, &open); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(full))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if shown, ok := open[name.(string)]; !ok || !bytes.Equal(shown, value) {
			value = hidden
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted...), ':'), value...)
	}
	return append(out, '}'), nil
}

// parse reads the JSON of a record. What it says of a fault holds no value, as
// that may be personal.
func parse(doc json.RawMessage, v any) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, end := dec.Token(); end != io.EOF || string(bytes.TrimSpace(doc)) == "null" {
			err = io.ErrUnexpectedEOF
		}
	}
	if err == nil {
		return nil
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if strings.Trim(name, `"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_`) != "" {
			name = "of another name" // which may be anything
		}
		return fmt.Errorf("field %.100s: %w: there is none", name, ErrInvalid)
	}
	if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("field %q: %w: want %s", typ.Field, ErrInvalid, typ.Type)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isSyntax(err) {
		return fmt.Errorf("%w: want one JSON value", ErrInvalid)
	}
	return fmt.Errorf("%w: a value that its field cannot have", ErrInvalid)
}

func isSyntax(err error) bool {
	_, ok := errors.AsType[*json.SyntaxError](err)
	return ok
}

// survives returns an error that names a field of v that would be read otherwise
// than it was written.
func survives[T any](v *T, fields func(*Coder, *T)) error {
	back := new(T)
	if err := Decode(Encode(nil, v, fields), back, fields); err != nil {
		return fmt.Errorf("%w: it could not be read back", ErrInvalid)
	}
	if path, ok := same(reflect.ValueOf(v).Elem(), reflect.ValueOf(back).Elem()); !ok {
		return fmt.Errorf("field %q: %w: it could not be kept as it is", path, ErrInvalid)
	}
	return nil
}

// same compares what was written with what is read, and names the field in
// which they differ. No list and an empty one are the same.
func same(a, b reflect.Value) (path string, ok bool) {
	switch a.Kind() {
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() {
			return "", a.Interface().(time.Time).UnixMilli() == b.Interface().(time.Time).UnixMilli()
		}
		if a.CanInterface() && writesItself(a.Type()) {
			x, errX := marshal(a)
			y, errY := marshal(b)
			return "", errX == nil && errY == nil && bytes.Equal(x, y)
		}
		for i := range a.NumField() {
			f := a.Type().Field(i)
			if !f.IsExported() && (!f.Anonymous || f.Type.Kind() != reflect.Struct) {
				continue // JSON does not carry it
			}
			if path, ok := same(a.Field(i), b.Field(i)); !ok {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if name == "" && !f.Anonymous {
					name = f.Name
				}
				return strings.Trim(name+"."+path, "."), false
			}
		}
		return "", true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return "", false
		}
		if a.Len() == 0 {
			return "", true
		}
		if a.Type().Elem().Kind() == reflect.Uint8 {
			break
		}
		for i := range a.Len() {
			if path, ok := same(a.Index(i), b.Index(i)); !ok {
				return path, false
			}
		}
		return "", true
	case reflect.Map:
		if a.Len() != b.Len() {
			return "", false
		}
		for _, k := range a.MapKeys() {
			if !b.MapIndex(k).IsValid() {
				return "", false
			}
			if path, ok := same(a.MapIndex(k), b.MapIndex(k)); !ok {
				return path, false
			}
		}
		return "", true
	case reflect.Pointer:
		if !a.IsNil() && !b.IsNil() {
			return same(a.Elem(), b.Elem())
		}
	}
	return "", reflect.DeepEqual(a.Interface(), b.Interface())
}

// marshal writes a value as JSON, be its methods those of its pointer.
func marshal(v reflect.Value) ([]byte, error) {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return json.Marshal(p.Interface())
}

// writesItself reports whether a type has JSON of its own making.
func writesItself(t reflect.Type) bool {
	t = reflect.PointerTo(t)
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}
