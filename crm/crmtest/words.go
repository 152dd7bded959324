package crmtest

// A section is a category of the shop's goods and what its titles are made of.
type section struct {
	path     string
	code     string // begins the SKUs
	brands   [5]string
	nouns    []string
	adjs     []string
	option   string   // what its variants differ in; "" for goods of one variant
	sizes    []string // the variants
	factors  []int    // of their prices, in thousandths; nil: all the same
	low      int      // the band of its prices, in euro cents
	high     int
	cost     int    // what the shop pays, in thousandths of the price
	rhythm   [2]int // days until bought again, for goods that are used up
	returns  int    // how many in a thousand come back
	share    int    // of the goods and of what is bought, in hundredths
	quarters [4]int // how well it sells, in thousandths
	mates    [3]int // the sections that go with it
	tryOn    bool   // can be tried on in augmented reality
}

var sections = [8]section{
	{
		path: "Food > Coffee & Tea", code: "COF", share: 18,
		brands: [5]string{"Kettle & Crow", "Nordlys", "Caffè Aurora", "Hilltop", "Brava"},
		nouns:  []string{"Coffee", "Espresso Beans", "Filter Coffee", "Green Tea", "Earl Grey", "Herbal Tea", "Cocoa", "Chai", "Decaf", "Cold Brew"},
		adjs:   []string{"Morning Blend", "Dark Roast", "Single Origin", "Organic", "Highland", "Velvet", "Harbor", "Sunday", "Smoky", "Golden", "Old Town", "Mountain"},
		option: "Weight", sizes: []string{"250 g", "1 kg"}, factors: []int{1000, 3400},
		low: 590, high: 1290, cost: 520, rhythm: [2]int{21, 45}, returns: 8,
		quarters: [4]int{1000, 850, 800, 1000}, mates: [3]int{0, 1, 1},
	},
	{
		path: "Home > Kitchen", code: "KIT", share: 14,
		brands: [5]string{"Tavola", "Hearthstone", "Kokoro", "Ferrum", "Plain & Good"},
		nouns:  []string{"Moka Pot", "Mug", "Kettle", "Frying Pan", "Chef's Knife", "Cutting Board", "Carafe", "Grinder", "Bowl Set", "Storage Jar", "Apron", "Scale"},
		adjs:   []string{"Stoneware", "Cast Iron", "Oak", "Copper", "Enamel", "Bamboo", "Glass", "Steel", "Marble", "Walnut", "Speckled", "Classic"},
		low:    990, high: 8990, cost: 480, returns: 35,
		quarters: [4]int{800, 750, 700, 1000}, mates: [3]int{0, 1, 2},
	},
	{
		path: "Home > Living", code: "LIV", share: 12,
		brands: [5]string{"Hygga", "Casa Lenta", "Lumen", "Weaver Row", "Plain & Good"},
		nouns:  []string{"Blanket", "Cushion", "Floor Lamp", "Candle", "Vase", "Rug", "Side Table", "Picture Frame", "Basket", "Wall Clock", "Armchair"},
		adjs:   []string{"Wool", "Linen", "Velvet", "Rattan", "Ceramic", "Brass", "Recycled", "Moss", "Terracotta", "Nordic", "Quiet", "Striped"},
		low:    1490, high: 24900, cost: 450, returns: 50,
		quarters: [4]int{900, 750, 700, 1000}, mates: [3]int{2, 1, 2}, tryOn: true,
	},
	{
		path: "Fashion > Clothing", code: "CLO", share: 20,
		brands: [5]string{"Maren", "Atelier Nord", "Studio Lupo", "Field & Thread", "Onda"},
		nouns:  []string{"Shirt", "T-Shirt", "Dress", "Sweater", "Jeans", "Coat", "Scarf", "Skirt", "Jacket", "Cardigan", "Trousers"},
		adjs:   []string{"Linen", "Merino", "Organic Cotton", "Oversized", "Slim", "Striped", "Indigo", "Charcoal", "Ivory", "Wrap", "Pleated", "Boxy", "Quilted", "Everyday"},
		option: "Size", sizes: []string{"XS", "S", "M", "L", "XL"},
		low: 1990, high: 17900, cost: 380, returns: 210,
		quarters: [4]int{850, 1000, 900, 950}, mates: [3]int{3, 4, 7},
	},
	{
		path: "Fashion > Shoes", code: "SHO", share: 10,
		brands: [5]string{"Passo", "Stride", "Sole & Son", "Bergfex", "Onda"},
		nouns:  []string{"Sneakers", "Boots", "Sandals", "Loafers", "Running Shoes", "Slippers", "Derbies"},
		adjs:   []string{"Leather", "Suede", "Canvas", "Trail", "City", "Court", "Cork", "Waxed", "Low-Top", "Vegan"},
		option: "Size", sizes: []string{"37", "38", "39", "40", "41", "42", "43", "44"},
		low: 3990, high: 18900, cost: 420, returns: 240,
		quarters: [4]int{800, 1000, 950, 850}, mates: [3]int{3, 4, 3},
	},
	{
		path: "Beauty > Care", code: "CAR", share: 12,
		brands: [5]string{"Almond & Ash", "Derma Lind", "Saponeria", "Petal", "Barefaced"},
		nouns:  []string{"Face Cream", "Shampoo", "Hand Soap", "Body Lotion", "Face Serum", "Shaving Gel", "Lip Balm", "Sunscreen", "Toothpaste"},
		adjs:   []string{"Gentle", "Rosemary", "Oat", "Citrus", "Unscented", "Repairing", "Night", "Daily", "Cedar", "Mineral", "Calming"},
		option: "Volume", sizes: []string{"100 ml", "250 ml"}, factors: []int{1000, 1900},
		low: 490, high: 3490, cost: 350, rhythm: [2]int{35, 80}, returns: 15,
		quarters: [4]int{850, 900, 900, 1000}, mates: [3]int{5, 5, 7},
	},
	{
		path: "Pets > Food", code: "PET", share: 8,
		brands: [5]string{"Good Boy Bakery", "Whisker", "Fern & Fur", "Tailwind", "Napf"},
		nouns:  []string{"Dog Food", "Cat Food", "Dog Treats", "Cat Litter", "Bird Seed", "Chew Bones"},
		adjs:   []string{"Salmon", "Chicken", "Grain-Free", "Puppy", "Senior", "Crunchy", "Country", "Turkey", "Light"},
		option: "Weight", sizes: []string{"2 kg", "12 kg"}, factors: []int{1000, 4200},
		low: 690, high: 1490, cost: 610, rhythm: [2]int{18, 40}, returns: 6,
		quarters: [4]int{1000, 1000, 1000, 1000}, mates: [3]int{6, 6, 2},
	},
	{
		path: "Accessories > Eyewear", code: "EYE", share: 6,
		brands: [5]string{"Vista", "Okular", "Lente", "Clearwater", "Maren"},
		nouns:  []string{"Glasses", "Sunglasses", "Reading Glasses", "Blue-Light Glasses"},
		adjs:   []string{"Round", "Acetate", "Titanium", "Aviator", "Tortoise", "Clear", "Cat-Eye", "Square", "Matte Black"},
		low:    3900, high: 21900, cost: 300, returns: 120,
		quarters: [4]int{800, 1000, 1000, 800}, mates: [3]int{7, 3, 5}, tryOn: true,
	},
}

// series tell goods apart whose titles would be the same.
var series = [...]string{"", "No. 2", "Plus", "Classic", "Studio", "No. 5", "Limited", "II", "Heritage", "No. 9", "III", "Select"}
