package intake

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// The names of the dates at which a grant of a person ends next, and at which
// one has ended last.
const (
	consentEnds  = "consents.ends"
	consentEnded = "consents.ended"
)

// messageChannels are those that have a consent of every channel.
var messageChannels = [...]crm.Channel{
	crm.ChannelEmail, crm.ChannelSMS, crm.ChannelPush, crm.ChannelPost, crm.ChannelPhone,
	crm.ChannelChat, crm.ChannelSocial, crm.ChannelApp, crm.ChannelWeb,
}

// consents adds what a person allows.
func (v *values) consents(ctx context.Context, tx *crm.Tx, c *crm.Customer) error {
	list, err := tx.Consents.List(ctx, c.ID)
	if err != nil {
		return err
	}
	var ends, ended time.Time
	hold := func(channel crm.Channel, p crm.Permission) {
		if p.State == crm.ConsentGranted && !p.ExpiresAt.IsZero() {
			if !tx.Now().Before(p.ExpiresAt) {
				if p.ExpiresAt.After(ended) {
					ended = p.ExpiresAt
				}
				return
			}
			if ends.IsZero() || p.ExpiresAt.Before(ends) {
				ends = p.ExpiresAt
			}
		}
		v.text(consentName(channel, p.Purpose), string(p.State))
	}
	for _, p := range list {
		hold(p.Channel, p)
		if p.Channel != "" {
			continue
		}
		for _, channel := range messageChannels {
			own := func(q crm.Permission) bool { return q.Purpose == p.Purpose && q.Channel == channel }
			if everyChannel(p.Purpose) && !slices.ContainsFunc(list, own) {
				hold(channel, p)
			}
		}
	}
	v.text("email_subscription_status", subscription(v.find("consents.email.marketing")))
	v.text("sms_subscription_status", subscription(v.find("consents.sms.marketing")))
	if !ends.IsZero() {
		v.date(consentEnds, ends)
	}
	if !ended.IsZero() {
		v.date(consentEnded, ended)
	}
	return nil
}

// everyChannel reports whether a purpose is of channels at all.
func everyChannel(p crm.Purpose) bool {
	return p != crm.PurposeProfiling && p != crm.PurposeSaleSharing
}

// consentName is what rules call a consent.
func consentName(channel crm.Channel, purpose crm.Purpose) string {
	if channel == "" {
		return "consents." + string(purpose)
	}
	return "consents." + string(channel) + "." + string(purpose)
}

// consentNames returns all names under which a change of a consent may show.
func consentNames(channel crm.Channel, purpose crm.Purpose) []string {
	names := []string{consentName(channel, purpose)}
	if channel == "" && everyChannel(purpose) {
		for _, c := range messageChannels {
			names = append(names, consentName(c, purpose))
		}
	}
	if purpose == crm.PurposeMarketing {
		for _, c := range []string{"email", "sms"} {
			if channel == "" || strings.EqualFold(string(channel), c) {
				names = append(names, c+"_subscription_status")
			}
		}
	}
	return names
}

// subscription is the state of a consent as Shopify calls it.
func subscription(state string) string {
	switch crm.ConsentState(state) {
	case crm.ConsentGranted:
		return "SUBSCRIBED"
	case crm.ConsentPending:
		return "PENDING"
	case crm.ConsentWithdrawn, crm.ConsentDenied:
		return "UNSUBSCRIBED"
	}
	return "NOT_SUBSCRIBED"
}
