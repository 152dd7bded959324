package crm

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// ErrExpired says that a token was used after its time.
var ErrExpired = errors.New("expired")

// errToken says no more of a token than that it is none.
var errToken = fmt.Errorf("token: %w: want one that this book made for this purpose", ErrInvalid)

const maxToken = 4096 // bytes of a token

// sign returns a token that carries fields: text for URLs, which can be read by
// anybody and made by this book only. So fields are ids, and never personal. It
// is good for one purpose, a word such as "consent.confirm", until it expires;
// the zero time is never.
func (b *Book) sign(purpose string, expires time.Time, fields ...string) string {
	key := store.NewKey(0, 0).Time(expires)
	for _, f := range fields {
		key = key.String(f)
	}
	body := key.End()[2:]
	return base64.RawURLEncoding.EncodeToString(append(body, b.mac(purpose, body)...))
}

// verify returns the fields of a token that sign made for the purpose. Its
// error wraps ErrInvalid when it was not, or [ErrExpired]; neither repeats the
// token.
func (b *Book) verify(purpose, token string, now time.Time) ([]string, error) {
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") { // which base64 passes over
		return nil, errToken
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	cut := len(raw) - sha256.Size
	if err != nil || cut < 0 || !hmac.Equal(raw[cut:], b.mac(purpose, raw[:cut])) {
		return nil, errToken
	}
	k := store.ReadKey(append([]byte{0, 0}, raw[:cut]...))
	expires := k.Time()
	var fields []string
	for !k.End() && k.Err() == nil {
		fields = append(fields, k.String())
	}
	if k.Err() != nil {
		return nil, errToken
	}
	if !expires.IsZero() && !now.Before(expires) {
		return nil, fmt.Errorf("token: %w at %s", ErrExpired, expires.Format(time.RFC3339))
	}
	return fields, nil
}

// mac authenticates the body of a token for a purpose.
func (b *Book) mac(purpose string, body []byte) []byte {
	h := hmac.New(sha256.New, b.secret)
	h.Write(store.NewKey(0, 0).String(purpose).End())
	h.Write(body)
	return h.Sum(nil)
}
