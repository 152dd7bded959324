package crm

import "strconv"

// A DeviceReading is what a machine at a customer's, such as a scale under the
// coffee, reports: the Properties of an [Interaction] of [KindDeviceReading],
// whose Device is the machine and whose OccurredAt is when it measured. One that
// is reported again, as radio links do, is the same interaction: the one of its
// Device, Slot, Seq and time.
type DeviceReading struct {
	Slot    string  // which of the machine's supplies, in a word; "" for the only one
	Seq     int64   // counts the machine's readings, 0 to 2^53
	Measure string  // what the number is, in a word: "level" is what is left, "usage" what was used since; "" is a level
	Value   float64 // finite
	Unit    string  // "g", "pieces", "percent"; at most 32 bytes
}

const maxSeq = 1 << 53

// Properties returns the reading as properties: slot, seq, measure, value and
// unit.
func (r DeviceReading) Properties() map[string]Value {
	m := map[string]Value{"seq": Number(float64(r.Seq)), "value": Number(r.Value)}
	for name, text := range map[string]string{"slot": r.Slot, "measure": r.Measure, "unit": r.Unit} {
		if text != "" {
			m[name] = Text(text)
		}
	}
	return m
}

// DeviceReading reads the properties of an interaction of [KindDeviceReading].
// It reports false for another kind.
func (i *Interaction) DeviceReading() (DeviceReading, bool) {
	p := i.Properties
	return DeviceReading{
		Slot: p["slot"].Text(), Seq: int64(p["seq"].Number()), Measure: p["measure"].Text(), Value: p["value"].Number(), Unit: p["unit"].Text(),
	}, i.Kind == KindDeviceReading
}

// deviceReading refuses whatever a [DeviceReading] has not.
func (f *faults) deviceReading(i *Interaction) {
	f.only(i, map[string]ValueType{"slot": TypeText, "seq": TypeNumber, "measure": TypeText, "value": TypeNumber, "unit": TypeText})
	if i.Device == "" {
		f.add("device", "", "the machine that measured")
	}
	for _, name := range []string{"slot", "measure"} {
		if v := i.Properties[name].Text(); v != "" {
			f.word(named("properties", name), v)
		}
	}
	for _, name := range []string{"seq", "value"} {
		if i.Properties[name].IsZero() {
			f.add(named("properties", name), "", "a number")
		}
	}
	f.whole(named("properties", "seq"), i.Properties["seq"].Number(), maxSeq)
	f.prose(named("properties", "unit"), i.Properties["unit"].Text(), 32)
}

// repeats reports whether a source may tell of i again, so that i's id must come
// from what it says.
func (i *Interaction) repeats() bool { return !i.Ref.IsZero() || i.Kind == KindDeviceReading }

// derived is the id that comes from what the source of i says, "" for none.
func (i *Interaction) derived(b *Book) InteractionID {
	ref, kind := i.Ref, "interaction"
	if ref.IsZero() {
		r, ok := i.DeviceReading()
		if !ok {
			return ""
		}
		ref, kind = Ref{i.Device, r.Slot + "/" + strconv.FormatInt(r.Seq, 10)}, "reading"
	}
	return InteractionID(derivedID("int_", b.opts.Namespace, i.OccurredAt, kind, ref))
}
