package crm

import "time"

// A Product is something the shop sells, in one or more variants.
type Product struct {
	ID          ProductID  `json:"id"`
	Ref         Ref        `json:"ref,omitzero"`
	Title       string     `json:"title,omitzero"`
	Description string     `json:"description,omitzero"` // plain text or HTML as the source has it
	Brand       string     `json:"brand,omitzero"`
	Categories  []string   `json:"categories,omitzero"` // each a path, such as "Home > Kitchen"
	Tags        []string   `json:"tags,omitzero"`       // sorted, without doubles
	Published   bool       `json:"published,omitzero"`
	URL         string     `json:"url,omitzero"`
	ImageURL    string     `json:"image_url,omitzero"`
	Variants    []Variant  `json:"variants,omitzero"`
	Relations   []Relation `json:"relations,omitzero"` // curated by the shop

	PublishedAt time.Time `json:"published_at,omitzero"` // first for sale
	Version     time.Time `json:"version,omitzero"`      // when the source last changed it; zero: it does not say
	CreatedAt   time.Time `json:"created_at,omitzero"`   // recorded here
	UpdatedAt   time.Time `json:"updated_at,omitzero"`   // last written here
}

// A Variant is one form of a product, the thing that stock and prices are of.
type Variant struct {
	SKU       string   `json:"sku,omitzero"`     // stock-keeping unit, unique in the book
	Barcode   string   `json:"barcode,omitzero"` // GTIN, EAN, UPC or ISBN
	Title     string   `json:"title,omitzero"`
	Options   []Option `json:"options,omitzero"`
	Price     Money    `json:"price,omitzero"`
	CompareAt Money    `json:"compare_at,omitzero"` // the price it is compared with; zero: none
	UnitCost  Money    `json:"unit_cost,omitzero"`  // what the shop pays; zero: unknown
	Tracked   bool     `json:"tracked,omitzero"`    // Stock is kept
	Stock     int64    `json:"stock,omitzero"`      // units on hand; may be negative when oversold
}

// An Option is what sets a variant apart: {"Size", "M"}.
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A RelationKind says how one product goes with another.
type RelationKind string

// The relations that shops curate.
const (
	RelationCrossSell RelationKind = "cross_sell" // goes with it
	RelationUpSell    RelationKind = "up_sell"    // better than it
	RelationGrouped   RelationKind = "grouped"    // part of it
	RelationSimilar   RelationKind = "similar"    // instead of it
)

// A Relation ties a product to another by its SKU or its ref.
type Relation struct {
	Kind RelationKind `json:"kind"`
	SKU  string       `json:"sku,omitzero"`
	Ref  Ref          `json:"ref,omitzero"`
}

// Variant returns the variant with the SKU, or nil.
func (p *Product) Variant(sku string) *Variant {
	for i := range p.Variants {
		if p.Variants[i].SKU == sku {
			return &p.Variants[i]
		}
	}
	return nil
}
