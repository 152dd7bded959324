package search

import "math/bits"

// A Field is where something that was asked for stands.
type Field string

// The fields that are searched.
const (
	FieldGivenName  Field = "given_name"
	FieldFamilyName Field = "family_name"
	FieldName       Field = "name" // of an address: whom things are sent to
	FieldCompany    Field = "company"
	FieldEmail      Field = "email"
	FieldPlace      Field = "place"  // city, region or postcode
	FieldStreet     Field = "street" // the lines of an address
	FieldPhone      Field = "phone"
	FieldRef        Field = "ref"   // the key of a source, the number of a card, or an id of the book
	FieldOrder      Field = "order" // the number or the id of an order
)

// A mask is a set of fields. The common ones come first: they take one byte.
type mask uint16

const (
	inGiven mask = 1 << iota
	inFamily
	inName
	inCompany
	inEmail
	inPlace
	inStreet
	inPhone
	inRef
	inOrder
)

// names are the fields of who somebody is.
const names = inGiven | inFamily | inName | inCompany

// bitsOf tells of each bit which field it is, and how much it counts of 100.
var bitsOf = [...]struct {
	field  Field
	weight int
}{
	{FieldGivenName, 97}, {FieldFamilyName, 100}, {FieldName, 90}, {FieldCompany, 93}, {FieldEmail, 95},
	{FieldPlace, 85}, {FieldStreet, 80}, {FieldPhone, 100}, {FieldRef, 100}, {FieldOrder, 100},
}

// best returns the field of a mask that counts most.
func (m mask) best() (f Field, weight int) {
	for m != 0 {
		i := bits.TrailingZeros16(uint16(m))
		if i >= len(bitsOf) {
			break
		}
		if b := bitsOf[i]; b.weight > weight {
			f, weight = b.field, b.weight
		}
		m &= m - 1
	}
	return f, weight
}

// weights are those of all masks of common fields, so that none has to be worked
// out for each of a hundred thousand postings.
var weights = func() (list [inPhone]uint8) {
	for m := range list {
		_, w := mask(m).best()
		list[m] = uint8(w)
	}
	return list
}()

func (m mask) weight() uint8 {
	if m < inPhone {
		return weights[m]
	}
	_, w := m.best()
	return uint8(w)
}
