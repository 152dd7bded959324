package crm_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// withValues returns properties in which some have another value.
func withValues(properties, others map[string]crm.Value) map[string]crm.Value {
	m := maps.Clone(properties)
	maps.Copy(m, others)
	return m
}

func TestARSession(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	for name, s := range map[string]crm.ARSession{
		"placed": {
			Surface: "product_page", Mode: crm.ARWebXR, Started: true, Placement: crm.ARPlaced, Duration: 41500 * time.Millisecond,
			Outcome: "added_to_cart", Feedback: "Fits under the window.\nA bit dark.",
		},
		"failed":                  {Mode: crm.ARSceneViewer, Placement: crm.ARNotPlaced, Error: "no plane found"},
		"unknown is not failed":   {Surface: "app", Mode: crm.ARQuickLook, Started: true, Duration: time.Minute},
		"a script without spaces": {Mode: crm.ARWebXR, Feedback: strings.Repeat("窓の下にぴったりでした。", 20)},
		"worn":                    {Mode: crm.ARTryOn, Started: true, Outcome: "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			i := putInteraction(t, book, crm.Interaction{CustomerID: "ada", Kind: crm.KindARSession, SKU: "lamp-red", Rating: 4, Properties: s.Properties()})
			i, err := book.Interactions.Get(t.Context(), i.ID)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := i.ARSession()
			if diff := cmp.Diff(s, got); diff != "" || !ok {
				t.Errorf("session %v (-want +got):\n%s", ok, diff)
			}
			if _, placed := i.Properties["placed"]; placed != (s.Placement != crm.ARPlacementUnknown) {
				t.Errorf("placed is there: %v", placed)
			}
		})
	}
	if _, ok := (&crm.Interaction{Kind: crm.KindChat}).ARSession(); ok {
		t.Error("a chat is a session")
	}
}

// Pictures, forms of faces and measures of bodies cannot be recorded.
func TestARSessionRefusesImages(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	fine := crm.ARSession{Mode: crm.ARTryOn, Started: true}.Properties()
	picture := "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
	for _, tt := range []struct {
		name string
		i    crm.Interaction
		want []string
	}{
		{"image", crm.Interaction{Properties: withValues(fine, map[string]crm.Value{"image": crm.Text(picture)})}, []string{`properties["image"]`}},
		{"landmarks", crm.Interaction{Properties: withValues(fine, map[string]crm.Value{"face_landmarks": crm.Words("1,2", "3,4")})}, []string{`properties["face_landmarks"]`}},
		{"measure", crm.Interaction{Properties: withValues(fine, map[string]crm.Value{"waist_cm": crm.Number(70)})}, []string{`properties["waist_cm"]`}},
		{"picture as feedback", crm.Interaction{Properties: withValues(fine, map[string]crm.Value{"feedback": crm.Text(picture)})}, []string{`properties["feedback"]`}},
		{"data address as feedback", crm.Interaction{Properties: withValues(fine, map[string]crm.Value{"feedback": crm.Text("see data:image/png;base64,iVBORw0KG")})}, []string{`properties["feedback"]`}},
		{"bytes as an error", crm.Interaction{Properties: withValues(fine, map[string]crm.Value{"error": crm.Text("\x89PNG\r\n\x1a\n")})}, []string{`properties["error"]`, `properties["error"]`, `properties["error"]`}},
		{"long feedback", crm.Interaction{Properties: withValues(fine, map[string]crm.Value{"feedback": crm.Text(strings.Repeat("a b ", 251))})}, []string{`properties["feedback"]`}},
		{"text", crm.Interaction{Text: picture, Properties: fine}, []string{"text"}},
		{"items", crm.Interaction{Items: []crm.InteractionItem{{Title: picture}}, Properties: fine}, []string{"items"}},
		{"another type", crm.Interaction{Properties: withValues(fine, map[string]crm.Value{"started": crm.Words("yes")})}, []string{`properties["started"]`}},
		{"no mode", crm.Interaction{}, []string{`properties["mode"]`}},
		{"mode", crm.Interaction{Properties: crm.ARSession{Mode: "hologram"}.Properties()}, []string{`properties["mode"]`}},
		{"words", crm.Interaction{Properties: crm.ARSession{Mode: crm.ARWebXR, Surface: "Product page", Outcome: "!"}.Properties()}, []string{`properties["surface"]`, `properties["outcome"]`}},
		{"quick look that tells", crm.Interaction{Properties: crm.ARSession{Mode: crm.ARQuickLook, Placement: crm.ARNotPlaced}.Properties()}, []string{`properties["placed"]`}},
		{"duration", crm.Interaction{Properties: crm.ARSession{Mode: crm.ARWebXR, Duration: 25 * time.Hour}.Properties()}, []string{`properties["duration_ms"]`}},
		{"negative duration", crm.Interaction{Properties: crm.ARSession{Mode: crm.ARWebXR, Duration: -time.Second}.Properties()}, []string{`properties["duration_ms"]`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.i.CustomerID, tt.i.Kind = "ada", crm.KindARSession
			_, err := book.Interactions.Record(t.Context(), tt.i)
			if diff := cmp.Diff(tt.want, fields(err)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if err != nil && strings.Contains(err.Error(), picture[:20]) {
				t.Errorf("the error tells the picture: %v", err)
			}
		})
	}
	i := putInteraction(t, book, crm.Interaction{CustomerID: "ada", Kind: crm.KindARSession, Properties: fine})
	_, err := book.Interactions.Update(t.Context(), i.ID, func(i *crm.Interaction) error {
		i.Properties["image"] = crm.Text(picture)
		return nil
	})
	if !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("an image that came later: error %v", err)
	}
}

// A link that delivers at least once repeats readings; each is recorded once.
func TestDeviceReading(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	reading := func(seq int64, slot string, value float64, at time.Time) crm.Interaction {
		return crm.Interaction{
			CustomerID: "ada", Device: "scale-17", Kind: crm.KindDeviceReading, Channel: crm.ChannelDevice, OccurredAt: at,
			Properties: crm.DeviceReading{Slot: slot, Seq: seq, Measure: "level", Value: value, Unit: "g"}.Properties(),
		}
	}
	for _, i := range []crm.Interaction{
		reading(2, "beans", 180.5, day(2)), reading(0, "beans", 250, day(1)), reading(2, "beans", 180.5, day(2)),
		reading(2, "milk", 3, day(2)), reading(0, "beans", 250, day(1)), reading(0, "beans", 250, day(3)),
	} {
		putInteraction(t, book, i)
	}
	var got []crm.DeviceReading
	for _, i := range all(t, book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: "ada", To: day(2)})) {
		r, ok := i.DeviceReading()
		if !ok {
			t.Error("no reading")
		}
		got = append(got, r)
	}
	if diff := cmp.Diff([]crm.DeviceReading{{Slot: "beans", Seq: 0, Measure: "level", Value: 250, Unit: "g"}}, got); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	if n, err := book.Interactions.Count(t.Context()); err != nil || n != 4 {
		t.Errorf("%d readings, error %v, want 4", n, err)
	}
	for _, tt := range []struct {
		name string
		i    crm.Interaction
		want []string
	}{
		{"nothing", crm.Interaction{CustomerID: "ada"}, []string{"occurred_at", "device", `properties["seq"]`, `properties["value"]`}},
		{"number", crm.Interaction{Device: "d", OccurredAt: day(1), Properties: crm.DeviceReading{Seq: -1}.Properties()}, []string{`properties["seq"]`}},
		{"words", crm.Interaction{Device: "d", OccurredAt: day(1), Properties: crm.DeviceReading{Slot: "Slot 1", Measure: "?", Unit: strings.Repeat("g ", 20)}.Properties()}, []string{`properties["slot"]`, `properties["measure"]`, `properties["unit"]`}},
		{"more", crm.Interaction{Device: "d", OccurredAt: day(1), Properties: withValues(crm.DeviceReading{}.Properties(), map[string]crm.Value{"sound": crm.Text("x")})}, []string{`properties["sound"]`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.i.Kind = crm.KindDeviceReading
			_, err := book.Interactions.Record(t.Context(), tt.i)
			if diff := cmp.Diff(tt.want, fields(err)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}
