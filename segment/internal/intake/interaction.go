package intake

import (
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// interactionOf returns what rules may ask of an interaction.
func interactionOf(book *crm.Book, i *crm.Interaction) column.Interaction {
	money := func(m crm.Money) (crm.Money, bool) { return book.Convert(m, i.OccurredAt) }
	out := column.Interaction{
		Time: i.OccurredAt.UnixMilli(), Kind: string(i.Kind), Channel: string(i.Channel), Direction: string(i.Direction),
		Source: i.Ref.Source, Rating: i.Rating,
	}
	if v, ok := money(i.Value); ok {
		out.Value = v.Amount
	}
	out.Products, out.SKUs = once(out.Products, string(i.ProductID)), once(out.SKUs, i.SKU)
	for n := range i.Items {
		out.Products, out.SKUs = once(out.Products, string(i.Items[n].ProductID)), once(out.SKUs, i.Items[n].SKU)
	}
	if len(i.Properties) > 0 {
		v := make(values, 0, len(i.Properties))
		v.addAll("properties.", i.Properties, money)
		out.Properties = v
	}
	return out
}

// once adds a text to a list, unless it is empty or there.
func once(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}
