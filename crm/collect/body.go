package collect

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// body reads the body of a request, at most so many bytes of it, packed and
// unpacked.
func body(w http.ResponseWriter, r *http.Request, most int) ([]byte, error) {
	if err := typed(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	var in io.Reader = http.MaxBytesReader(w, r.Body, int64(most))
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, unread(err, most)
		}
		in = io.LimitReader(z, int64(most)+1)
	default:
		return nil, refuse(http.StatusUnsupportedMediaType, "content-encoding: want gzip, or none")
	}
	data, err := io.ReadAll(in)
	if err == nil && len(data) > most {
		err = refuse(http.StatusRequestEntityTooLarge, "body: more than %d bytes: send fewer events at once", most)
	}
	return data, unread(err, most)
}

// typed refuses what is neither JSON nor the plain text as which beacons send it.
func typed(header string) error {
	if header == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(header)
	if err != nil || kind != "application/json" && kind != "text/plain" {
		return refuse(http.StatusUnsupportedMediaType, "content-type: want application/json or text/plain")
	}
	if set := params["charset"]; set != "" && !strings.EqualFold(set, "utf-8") {
		return refuse(http.StatusUnsupportedMediaType, "content-type: another charset: want utf-8")
	}
	return nil
}

// unread says why a body could not be read.
func unread(err error, most int) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*refusal](err); ok {
		return err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(http.StatusRequestEntityTooLarge, "body: more than %d bytes: send fewer events at once", most)
	}
	return refuse(http.StatusBadRequest, "body: cut off, or not packed as content-encoding says")
}
