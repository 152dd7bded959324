package crm

import (
	"strings"
	"time"
	"unicode"
)

// An ARMode is the technique that showed a product in the customer's own place
// or on themselves.
type ARMode string

// The modes of try-on sessions.
const (
	ARWebXR       ARMode = "webxr"
	ARSceneViewer ARMode = "scene_viewer"
	ARQuickLook   ARMode = "quick_look" // tells nothing of what happened in it
	ARTryOn       ARMode = "vto"        // worn, by a camera that looks at the customer
)

// An ARPlacement tells whether the product was seen in its place.
type ARPlacement string

// The placements. Unknown is not failed: some modes tell nothing.
const (
	ARPlacementUnknown ARPlacement = "" // the zero value
	ARPlaced           ARPlacement = "placed"
	ARNotPlaced        ARPlacement = "not_placed"
)

// An ARSession is what is kept of a session in which a customer tried a product
// on or looked at it in their own place: the Properties of an [Interaction] of
// [KindARSession], whose ProductID and SKU tell what was tried. There is nothing
// else: no picture, no form of a face, no measure of a body. The book refuses
// such an interaction with any other property, with a Text or with Items.
type ARSession struct {
	Surface   string        // where it was offered, in a word such as "product_page"
	Mode      ARMode        // required
	Started   bool          // the camera ran
	Placement ARPlacement   // unknown for [ARQuickLook], always
	Duration  time.Duration // to the millisecond, at most a day; 0 is unknown
	Outcome   string        // a word such as "added_to_cart" or "closed"
	Error     string        // what failed; at most 200 bytes
	Feedback  string        // what the customer said of it; at most 1,000 bytes
}

// Properties returns the session as properties: surface, mode, started, placed
// (none when unknown), duration_ms, outcome, error and feedback.
func (s ARSession) Properties() map[string]Value {
	m := map[string]Value{"mode": Text(string(s.Mode)), "started": Bool(s.Started)}
	for name, text := range map[string]string{"surface": s.Surface, "outcome": s.Outcome, "error": s.Error, "feedback": s.Feedback} {
		if text != "" {
			m[name] = Text(text)
		}
	}
	if s.Placement != ARPlacementUnknown {
		m["placed"] = Bool(s.Placement == ARPlaced)
	}
	if s.Duration != 0 {
		m["duration_ms"] = Number(float64(s.Duration.Milliseconds()))
	}
	return m
}

// ARSession reads the properties of an interaction of [KindARSession]. It
// reports false for another kind.
func (i *Interaction) ARSession() (ARSession, bool) {
	p := i.Properties
	s := ARSession{
		Surface: p["surface"].Text(), Mode: ARMode(p["mode"].Text()), Started: p["started"].Bool(),
		Duration: time.Duration(p["duration_ms"].Number()) * time.Millisecond,
		Outcome:  p["outcome"].Text(), Error: p["error"].Text(), Feedback: p["feedback"].Text(),
	}
	if placed := p["placed"]; placed.Type() == TypeBool {
		s.Placement = map[bool]ARPlacement{true: ARPlaced, false: ARNotPlaced}[placed.Bool()]
	}
	return s, i.Kind == KindARSession
}

// arSession refuses whatever an [ARSession] has not.
func (f *faults) arSession(i *Interaction) {
	f.only(i, map[string]ValueType{
		"surface": TypeText, "mode": TypeText, "started": TypeBool, "placed": TypeBool, "duration_ms": TypeNumber,
		"outcome": TypeText, "error": TypeText, "feedback": TypeText,
	})
	s, _ := i.ARSession()
	if s.Surface != "" {
		f.word(named("properties", "surface"), s.Surface)
	}
	oneOf(f, named("properties", "mode"), s.Mode, ARWebXR, ARSceneViewer, ARQuickLook, ARTryOn)
	if s.Mode == ARQuickLook && s.Placement != ARPlacementUnknown {
		f.add(named("properties", "placed"), "", "to be left out: quick_look does not tell")
	}
	f.whole(named("properties", "duration_ms"), i.Properties["duration_ms"].Number(), int64(24*time.Hour/time.Millisecond))
	if s.Outcome != "" {
		f.word(named("properties", "outcome"), s.Outcome)
	}
	f.prose(named("properties", "error"), s.Error, 200)
	f.prose(named("properties", "feedback"), s.Feedback, 1000)
}

// only refuses a Text, Items, and properties but those of a kind.
func (f *faults) only(i *Interaction, types map[string]ValueType) {
	kind := string(i.Kind)
	if i.Text != "" {
		f.personal("text", i.Text, "none with "+kind)
	}
	if len(i.Items) > 0 {
		f.add("items", "", "none with "+kind)
	}
	for _, name := range names(i.Properties) {
		switch want, ok := types[name]; {
		case !ok && validName(name):
			f.add(named("properties", name), "", "no such property with "+kind)
		case ok && i.Properties[name].Type() != want:
			f.add(named("properties", name), string(i.Properties[name].Type()), "a "+string(want))
		}
	}
}

// whole refuses what is not a whole number from 0 to most.
func (f *faults) whole(field string, n float64, most int64) {
	if n != n || n < 0 || n > float64(most) || n != float64(int64(n)) {
		f.add(field, Number(n).String(), "a whole number from 0 to "+Number(float64(most)).String())
	}
}

// prose refuses what people do not write: data in disguise, such as a picture
// as text, are long without a space.
func (f *faults) prose(field, s string, limit int) {
	f.text(field, s, limit)
	run, longest := 0, 0 // of ASCII: some scripts have no spaces
	for _, r := range s {
		if run++; r <= ' ' || r > '~' {
			run = 0
		}
		longest = max(longest, run)
	}
	control := strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
	if longest > 60 || control || strings.Contains(s, "data:") {
		f.personal(field, s, "words that people write")
	}
}
