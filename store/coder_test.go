package store_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/seed-9cb3708a/clientele/store"
)

// A sample has a field of every kind, and nests without end.
type sample struct {
	Text    string
	Texts   []string
	Bytes   []byte
	Small   int8
	Int     int64
	Byte    uint8
	Uint    uint64
	Maybe   int32
	IsSet   bool
	Bool    bool
	Float   float64
	Time    time.Time
	Point   point
	Points  []point
	Samples []sample
}

type point struct {
	X, Y int64
	Name string
}

func sampleFields(c *store.Coder, s *sample) {
	store.String(c, 1, &s.Text)
	store.Strings(c, 2, &s.Texts)
	store.Bytes(c, 3, &s.Bytes)
	store.Int(c, 4, &s.Small)
	store.Int(c, 5, &s.Int)
	store.Int(c, 6, &s.Byte)
	store.Int(c, 7, &s.Uint)
	store.Optional(c, 8, &s.Maybe, &s.IsSet)
	store.Bool(c, 9, &s.Bool)
	store.Float(c, 10, &s.Float)
	store.Time(c, 16, &s.Time) // the first number whose tag takes two bytes
	store.Message(c, 17, &s.Point, pointFields)
	store.List(c, 2048, &s.Points, pointFields)
	store.List(c, 1<<29-1, &s.Samples, sampleFields)
}

func pointFields(c *store.Coder, p *point) {
	store.Int(c, 1, &p.X)
	store.Int(c, 2, &p.Y)
	store.String(c, 4, &p.Name)
}

func randomSample(dice *rand.Rand, depth int) sample {
	some := func() bool { return dice.IntN(3) > 0 }
	number := func() int64 { return int64(dice.Uint64()) >> dice.IntN(64) }
	text := func() string { return string(bytes.Repeat([]byte("é"), dice.IntN(3)*dice.IntN(100))) }
	aPoint := func() (p point) {
		if some() {
			p = point{number(), number(), text()}
		}
		return p
	}
	s := sample{Point: aPoint()}
	if some() {
		s.Text, s.Texts, s.Bytes = text(), []string{text(), "", text()}, []byte(text())
	}
	if some() {
		s.Small, s.Int, s.Byte, s.Uint = int8(number()), number(), uint8(number()), uint64(number())
	}
	if some() {
		s.Maybe, s.IsSet = int32(number()), true
		s.Float, s.Bool, s.Time = math.Float64frombits(dice.Uint64()), some(), time.UnixMilli(number()>>10).UTC()
	}
	for range dice.IntN(4) {
		s.Points = append(s.Points, aPoint())
	}
	for depth > 0 && some() {
		s.Samples = append(s.Samples, randomSample(dice, depth-1))
		depth--
	}
	return s
}

var sampleOptions = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateNaNs()}

func TestCoder(t *testing.T) {
	for _, s := range []sample{
		{},
		{Text: "\x00\xFF"},
		{Texts: []string{""}},
		{IsSet: true},
		{Time: time.UnixMilli(0).UTC()},
		{Time: time.UnixMilli(-1).UTC()},
		{Points: make([]point, 3)},
		{Small: math.MinInt8, Int: math.MinInt64, Byte: math.MaxUint8, Uint: math.MaxUint64, Maybe: math.MaxInt32, IsSet: true},
		{Float: math.Inf(-1)},
		{Float: math.Copysign(0, -1)},
		{Point: point{Name: string(make([]byte, 127-3))}},
		{Point: point{Name: string(make([]byte, 128-3))}},
		{Point: point{Name: string(make([]byte, 1<<14))}},
		{Point: point{Name: string(make([]byte, 1<<21))}},
	} {
		data := store.Encode([]byte("before"), &s, sampleFields)
		data, ok := bytes.CutPrefix(data, []byte("before"))
		var got sample
		err := store.Decode(data, &got, sampleFields)
		if diff := cmp.Diff(s, got, sampleOptions); diff != "" || err != nil || !ok {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if math.Signbit(s.Float) != math.Signbit(got.Float) {
			t.Error("the sign of a float is lost")
		}
	}
	if data := store.Encode(nil, new(sample), sampleFields); len(data) > 0 {
		t.Errorf("zero values are written: %x", data)
	}
}

// The value shares no memory with what it was read from.
func TestCoderCopies(t *testing.T) {
	s := sample{Text: "text", Bytes: []byte("bytes")}
	data := store.Encode(nil, &s, sampleFields)
	var got sample
	if err := store.Decode(data, &got, sampleFields); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if diff := cmp.Diff(s, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// descriptor describes sample for the protobuf library.
func descriptor(t *testing.T) protoreflect.MessageDescriptor {
	field := func(name string, number int32, typ descriptorpb.FieldDescriptorProto_Type, repeated bool, message string) *descriptorpb.FieldDescriptorProto {
		label := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
		if repeated {
			label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED
		}
		f := &descriptorpb.FieldDescriptorProto{Name: &name, Number: &number, Type: &typ, Label: &label}
		if message != "" {
			f.TypeName = &message
		}
		return f
	}
	const (
		String  = descriptorpb.FieldDescriptorProto_TYPE_STRING
		Bytes   = descriptorpb.FieldDescriptorProto_TYPE_BYTES
		Sint    = descriptorpb.FieldDescriptorProto_TYPE_SINT64
		Uint    = descriptorpb.FieldDescriptorProto_TYPE_UINT64
		Sint32  = descriptorpb.FieldDescriptorProto_TYPE_SINT32
		Uint32  = descriptorpb.FieldDescriptorProto_TYPE_UINT32
		Bool    = descriptorpb.FieldDescriptorProto_TYPE_BOOL
		Double  = descriptorpb.FieldDescriptorProto_TYPE_DOUBLE
		Message = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	)
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("sample.proto"), Package: new("test"),
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: new("Point"), Field: []*descriptorpb.FieldDescriptorProto{
				field("x", 1, Sint, false, ""), field("y", 2, Sint, false, ""), field("name", 4, String, false, ""),
			}},
			{Name: new("Sample"), Field: []*descriptorpb.FieldDescriptorProto{
				field("text", 1, String, false, ""), field("texts", 2, String, true, ""), field("bytes", 3, Bytes, false, ""),
				field("small", 4, Sint32, false, ""), field("int", 5, Sint, false, ""),
				field("byte", 6, Uint32, false, ""), field("uint", 7, Uint, false, ""),
				field("maybe", 8, Sint32, false, ""), field("bool", 9, Bool, false, ""), field("float", 10, Double, false, ""),
				field("time", 16, Sint, false, ""), field("point", 17, Message, false, ".test.Point"),
				field("points", 2048, Message, true, ".test.Point"), field("samples", 1<<29-1, Message, true, ".test.Sample"),
			}},
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().ByName("Sample")
}

// setMessage fills a message of the protobuf library.
func setMessage(m protoreflect.Message, s *sample) {
	set := func(name protoreflect.Name, ok bool, v any) {
		if ok {
			m.Set(m.Descriptor().Fields().ByName(name), protoreflect.ValueOf(v))
		}
	}
	list := func(name protoreflect.Name) protoreflect.List {
		return m.Mutable(m.Descriptor().Fields().ByName(name)).List()
	}
	set("text", s.Text != "", s.Text)
	for _, text := range s.Texts {
		list("texts").Append(protoreflect.ValueOf(text))
	}
	set("bytes", len(s.Bytes) > 0, s.Bytes)
	set("small", s.Small != 0, int32(s.Small))
	set("int", s.Int != 0, s.Int)
	set("byte", s.Byte != 0, uint32(s.Byte))
	set("uint", s.Uint != 0, s.Uint)
	set("maybe", s.IsSet, s.Maybe)
	set("bool", s.Bool, s.Bool)
	set("float", s.Float != 0 || math.Signbit(s.Float), s.Float)
	set("time", !s.Time.IsZero(), s.Time.UnixMilli())
	setPoint := func(m protoreflect.Message, p point) {
		for i, v := range []any{p.X, p.Y, p.Name} {
			if v != any(int64(0)) && v != any("") {
				m.Set(m.Descriptor().Fields().Get(i), protoreflect.ValueOf(v))
			}
		}
	}
	if s.Point != (point{}) {
		setPoint(m.Mutable(m.Descriptor().Fields().ByName("point")).Message(), s.Point)
	}
	for _, p := range s.Points {
		setPoint(list("points").AppendMutable().Message(), p)
	}
	for i := range s.Samples {
		setMessage(list("samples").AppendMutable().Message(), &s.Samples[i])
	}
}

// The protobuf library and the Coder write the same bytes, and read what the
// other has written.
func TestCoderAgainstProtobuf(t *testing.T) {
	desc := descriptor(t)
	dice := rand.New(rand.NewPCG(3, 4))
	for range 150 {
		s := randomSample(dice, 3)
		ours := store.Encode(nil, &s, sampleFields)
		m := dynamicpb.NewMessage(desc)
		setMessage(m, &s)
		theirs, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours, theirs) {
			t.Fatalf("%+v:\nours   %x\ntheirs %x", s, ours, theirs)
		}
		var got sample
		if err := store.Decode(theirs, &got, sampleFields); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got, sampleOptions); diff != "" {
			t.Fatalf("read from theirs (-want +got):\n%s", diff)
		}
		back := dynamicpb.NewMessage(desc)
		if err := proto.Unmarshal(ours, back); err != nil || !proto.Equal(m, back) {
			t.Fatalf("read from ours: %v\nwant %v\ngot  %v", err, m, back)
		}
	}
}

// shuffle puts the fields of a message into another order, those of one number
// among each other excepted, and unknown ones in between.
func shuffle(dice *rand.Rand, data []byte) []byte {
	type field struct {
		num  protowire.Number
		data []byte
	}
	var fields []field
	for len(data) > 0 {
		num, typ, n := protowire.ConsumeTag(data)
		size := n + protowire.ConsumeFieldValue(num, typ, data[n:])
		raw := data[:size]
		if num == 1<<29-1 {
			sub, _ := protowire.ConsumeBytes(data[n:])
			raw = protowire.AppendBytes(protowire.AppendTag(nil, num, typ), shuffle(dice, sub))
		}
		fields, data = append(fields, field{num, raw}), data[size:]
	}
	for range dice.IntN(4) {
		num := protowire.Number(100 + dice.IntN(3000))
		if num == 2048 {
			continue
		}
		var raw []byte
		switch dice.IntN(4) {
		case 0:
			raw = protowire.AppendVarint(protowire.AppendTag(raw, num, protowire.VarintType), dice.Uint64())
		case 1:
			raw = protowire.AppendFixed32(protowire.AppendTag(raw, num, protowire.Fixed32Type), dice.Uint32())
		case 2:
			raw = protowire.AppendFixed64(protowire.AppendTag(raw, num, protowire.Fixed64Type), dice.Uint64())
		default:
			raw = protowire.AppendString(protowire.AppendTag(raw, num, protowire.BytesType), "unknown")
		}
		fields = append(fields, field{num, raw})
	}
	perm := dice.Perm(len(fields))
	used := make([]bool, len(fields))
	var out []byte
	for _, i := range perm { // the first unused one of the same number
		for j, f := range fields {
			if !used[j] && f.num == fields[i].num {
				used[j], out = true, append(out, f.data...)
				break
			}
		}
	}
	return out
}

func TestCoderReadsFieldsInAnyOrder(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		s := randomSample(dice, 3)
		data := shuffle(dice, store.Encode(nil, &s, sampleFields))
		var got sample
		if err := store.Decode(data, &got, sampleFields); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got, sampleOptions); diff != "" {
			t.Fatalf("%x (-want +got):\n%s", data, diff)
		}
	}
	t.Run("an unknown one first", func(t *testing.T) {
		data := protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1)
		data = store.Encode(data, &sample{Text: "text"}, sampleFields)
		var got sample
		if err := store.Decode(data, &got, sampleFields); err != nil || got.Text != "text" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("the last of two counts", func(t *testing.T) {
		data := store.Encode(nil, &sample{Text: "first", Byte: 1, Point: point{X: 1, Y: 1}}, sampleFields)
		data = store.Encode(data, &sample{Text: "second", Int: 7, Point: point{X: 2}}, sampleFields)
		var got sample
		want := sample{Text: "second", Byte: 1, Int: 7, Point: point{X: 2, Y: 1}}
		err := store.Decode(data, &got, sampleFields)
		if diff := cmp.Diff(want, got, sampleOptions); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestCoderDamaged(t *testing.T) {
	tag := func(num protowire.Number, typ protowire.Type) []byte { return protowire.AppendTag(nil, num, typ) }
	for _, test := range []struct {
		name string
		data []byte
	}{
		{"number 0", []byte{0, 1}},
		{"a number too large", protowire.AppendVarint(nil, 1<<40)},
		{"a tag cut off", []byte{0x80}},
		{"a tag of eleven bytes", bytes.Repeat([]byte{0x80}, 11)},
		{"a string for a number", protowire.AppendString(tag(5, protowire.BytesType), "x")},
		{"a number for a string", append(tag(1, protowire.VarintType), 1)},
		{"a number for a list", append(tag(2048, protowire.VarintType), 1)},
		{"a number for a float", append(tag(10, protowire.VarintType), 1)},
		{"half a float", append(tag(10, protowire.Fixed64Type), 1, 2, 3, 4)},
		{"a string too long", append(tag(1, protowire.BytesType), 5, 'x')},
		{"a string much too long", protowire.AppendVarint(tag(1, protowire.BytesType), math.MaxUint64)},
		{"a number cut off", append(tag(5, protowire.VarintType), 0x80)},
		{"a number of 65 bits", append(tag(5, protowire.VarintType), 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2)},
		{"too large for int8", protowire.AppendVarint(tag(4, protowire.VarintType), protowire.EncodeZigZag(128))},
		{"too small for int8", protowire.AppendVarint(tag(4, protowire.VarintType), protowire.EncodeZigZag(-129))},
		{"too large for uint8", protowire.AppendVarint(tag(6, protowire.VarintType), 256)},
		{"too large for int32", protowire.AppendVarint(tag(8, protowire.VarintType), protowire.EncodeZigZag(1<<31))},
		{"a group", append(tag(99, protowire.StartGroupType), tag(99, protowire.EndGroupType)...)},
		{"a group for a list", tag(2048, protowire.StartGroupType)},
		{"an unknown type", []byte{99<<3&0x7F | 0x80 | 6, 6}},
		{"an unknown field cut off", append(tag(99, protowire.Fixed32Type), 1, 2, 3)},
		{"a message cut off within", append(tag(17, protowire.BytesType), 2, 4<<3|2, 9)},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s sample
			if err := store.Decode(test.data, &s, sampleFields); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%x: got %v, want ErrCorrupt", test.data, err)
			}
			within := store.Encode(nil, &sample{Samples: make([]sample, 1)}, sampleFields)
			within = protowire.AppendBytes(within[:len(within)-1], test.data)
			if err := store.Decode(within, &s, sampleFields); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("nested %x: got %v, want ErrCorrupt", within, err)
			}
		})
	}
}

func TestCoderNestedDeeply(t *testing.T) {
	nest := func(depth int) []byte {
		// From the inside out, backward, as the lengths come first.
		var reversed []byte
		for range depth {
			n := len(reversed)
			head := protowire.AppendVarint(protowire.AppendTag(nil, 1<<29-1, protowire.BytesType), uint64(n))
			slices.Reverse(head)
			reversed = append(reversed, head...)
		}
		slices.Reverse(reversed)
		return reversed
	}
	depth := func(s *sample) (n int) {
		for ; len(s.Samples) > 0; s = &s.Samples[0] {
			n++
		}
		return n
	}
	for _, test := range []struct {
		depth int
		want  error
	}{{9_999, nil}, {10_000, nil}, {10_001, store.ErrCorrupt}, {1_000_000, store.ErrCorrupt}} {
		var s sample
		if err := store.Decode(nest(test.depth), &s, sampleFields); !errors.Is(err, test.want) || err == nil && depth(&s) != test.depth {
			t.Errorf("%d deep: got %v at %d, want %v", test.depth, err, depth(&s), test.want)
		}
	}
}

// Data that is made to cost much: twice of it costs about twice the time, and
// never a multiple of the square.
func TestCoderIsLinear(t *testing.T) {
	grow := func(unit ...byte) func(int) []byte {
		return func(n int) []byte { return bytes.Repeat(unit, n/len(unit)) }
	}
	field := func(num protowire.Number) []byte {
		return append(protowire.AppendTag(nil, num, protowire.VarintType), 2)
	}
	for _, test := range []struct {
		name string
		make func(n int) []byte
	}{
		{"known fields in turns", grow(slices.Concat(field(7), field(5))...)},
		{"unknown fields before known ones", grow(slices.Concat(field(99), field(5))...)},
		{"elements of two lists in turns", grow(slices.Concat(protowire.AppendTag(nil, 2048, protowire.BytesType), []byte{0}, protowire.AppendTag(nil, 2, protowire.BytesType), []byte{0})...)},
		{"unknown fields with falling numbers", func(n int) (data []byte) {
			for i := n / 5; i > 0; i-- {
				data = append(data, field(protowire.Number(5000+i))...)
			}
			return data
		}},
		{"nested in the wrong order", func(n int) (data []byte) {
			for len(data) < n && len(data) < 9_000*10 {
				data = append(protowire.AppendBytes(append(field(7), protowire.AppendTag(nil, 1<<29-1, protowire.BytesType)...), data), field(5)...)
			}
			return data
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := test.make(400_000)
			start := time.Now()
			var s sample
			if err := store.Decode(data, &s, sampleFields); err != nil {
				t.Fatal(err)
			}
			// About 50 ms; the square of it would be minutes.
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%d bytes took %v", len(data), took)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	dice := rand.New(rand.NewPCG(7, 8))
	for range 5 {
		s := randomSample(dice, 1)
		data := store.Encode(nil, &s, sampleFields)
		f.Add(data)
		f.Add(shuffle(dice, data))
	}
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, data []byte) {
		var s sample
		if err := store.Decode(data, &s, sampleFields); err != nil {
			if !errors.Is(err, store.ErrCorrupt) {
				t.Error(err)
			}
			return
		}
		once := store.Encode(nil, &s, sampleFields)
		var again sample
		if err := store.Decode(once, &again, sampleFields); err != nil {
			t.Fatal(err)
		}
		if twice := store.Encode(nil, &again, sampleFields); !bytes.Equal(once, twice) {
			t.Errorf("%x became %x (-first +second):\n%s", once, twice, cmp.Diff(s, again, sampleOptions))
		}
	})
}

func TestCoderMap(t *testing.T) {
	type atlas struct{ Places map[string]point }
	fields := func(c *store.Coder, a *atlas) { store.Map(c, 3, &a.Places, pointFields) }
	for name, want := range map[string]atlas{
		"nil":    {},
		"one":    {map[string]point{"home": {X: 1, Y: -2, Name: "h"}}},
		"zero":   {map[string]point{"": {}, "nowhere": {}}},
		"twenty": {map[string]point{}},
	} {
		if name == "twenty" {
			for i := range 20 {
				want.Places[string(rune('a'+i))] = point{X: int64(i)}
			}
		}
		wire := store.Encode(nil, &want, fields)
		for range 5 {
			if again := store.Encode(nil, &want, fields); !bytes.Equal(wire, again) {
				t.Fatalf("%s: a map is written in two orders", name)
			}
		}
		var got atlas
		if err := store.Decode(wire, &got, fields); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for i := range wire { // cut anywhere, it is an error or a part
			if err := store.Decode(wire[:i], &atlas{}, fields); err != nil && !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%s: cut at %d: %v", name, i, err)
			}
		}
	}
	// The last of equal keys counts.
	twice := slices.Concat(
		store.Encode(nil, &atlas{map[string]point{"home": {X: 1}}}, fields),
		store.Encode(nil, &atlas{map[string]point{"home": {Y: 2}}}, fields),
	)
	var got atlas
	if err := store.Decode(twice, &got, fields); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(atlas{map[string]point{"home": {Y: 2}}}, got); diff != "" {
		t.Errorf("equal keys (-want +got):\n%s", diff)
	}
}
