package crmtest

import "github.com/seed-9cb3708a/clientele/crm"

// A country is where a part of the customers live.
type country struct {
	code     string
	share    int // of the customers, in hundredths
	currency crm.Currency
	zone     string
	east     int // hours east of UTC, without regard to summer time
	locale   string
	tax      int  // thousandths of the price before it
	onTop    bool // prices are without tax
	postage  int  // euro cents
	culture  int
	others   int // how many in a thousand have a name from elsewhere
	cities   []place
	streets  [][2]string // before and after the house number
	each     int         // numbers a pattern of phones stands for
	phones   []string    // numbers set aside for fiction, as many digits as #
	trunk    string      // what +NN becomes at home
}

// A place has a pattern of its postcodes.
type place struct{ city, postcode, region string }

// In the patterns # is a digit, @ a letter.
var countries = [...]country{
	{
		code: "DE", share: 26, currency: "EUR", zone: "Europe/Berlin", east: 1, locale: "de-DE", tax: 190, postage: 495, culture: german, others: 160,
		cities:  []place{{"Berlin", "1#4##", ""}, {"Hamburg", "2#3##", ""}, {"München", "80###", ""}, {"Köln", "50###", ""}, {"Frankfurt am Main", "60###", ""}, {"Leipzig", "04###", ""}, {"Freiburg", "79###", ""}, {"Bremen", "28###", ""}, {"Erfurt", "99###", ""}},
		streets: [][2]string{{"Lindenstraße ", ""}, {"Bahnhofstraße ", ""}, {"Gartenweg ", ""}, {"Am Markt ", ""}, {"Schillerstraße ", ""}, {"Kirchgasse ", ""}, {"Ringstraße ", ""}, {"Mühlenweg ", ""}, {"Rosenallee ", ""}, {"Hafenstraße ", ""}},
		each:    1000, phones: []string{"+49 30 23125 ###", "+49 69 90009 ###", "+49 40 66969 ###", "+49 221 4710 ###", "+49 89 99998 ###"}, trunk: "0",
	},
	{
		code: "GB", share: 18, currency: "GBP", zone: "Europe/London", locale: "en-GB", tax: 200, postage: 450, culture: english, others: 140,
		cities:  []place{{"London", "SE1 #@@", ""}, {"Leeds", "LS6 #@@", ""}, {"Bristol", "BS3 #@@", ""}, {"Manchester", "M4 #@@", ""}, {"Edinburgh", "EH6 #@@", "Scotland"}, {"Cardiff", "CF10 #@@", "Wales"}, {"York", "YO1 #@@", ""}, {"Norwich", "NR2 #@@", ""}},
		streets: [][2]string{{"", " Mill Lane"}, {"", " High Street"}, {"", " Church Road"}, {"", " Station Road"}, {"", " Victoria Terrace"}, {"", " Orchard Close"}, {"", " Elm Grove"}, {"", " Kings Parade"}, {"", " Quarry Hill"}},
		each:    1000, phones: []string{"+44 20 7946 0###", "+44 113 496 0###", "+44 117 496 0###", "+44 161 496 0###", "+44 131 496 0###", "+44 29 2018 0###", "+44 121 496 0###", "+44 151 496 0###"}, trunk: "0",
	},
	{
		code: "FR", share: 14, currency: "EUR", zone: "Europe/Paris", east: 1, locale: "fr-FR", tax: 200, postage: 595, culture: french, others: 140,
		cities:  []place{{"Paris", "750##", ""}, {"Lyon", "690##", ""}, {"Marseille", "130##", ""}, {"Nantes", "440##", ""}, {"Lille", "590##", ""}, {"Toulouse", "310##", ""}, {"Rennes", "350##", ""}},
		streets: [][2]string{{"", " rue des Lilas"}, {"", " avenue de la Gare"}, {"", " rue Victor Hugo"}, {"", " place du Marché"}, {"", " chemin du Moulin"}, {"", " boulevard Carnot"}, {"", " rue de l'Église"}, {"", " quai des Tanneurs"}},
		each:    10000, phones: []string{"+33 1 99 00 ## ##", "+33 2 61 91 ## ##", "+33 3 53 01 ## ##", "+33 4 65 71 ## ##", "+33 5 36 49 ## ##", "+33 6 39 98 ## ##"}, trunk: "0",
	},
	{
		code: "US", share: 12, currency: "USD", zone: "America/New_York", east: -5, locale: "en-US", tax: 70, onTop: true, postage: 990, culture: english, others: 300,
		cities:  []place{{"Portland", "041##", "ME"}, {"Boston", "021##", "MA"}, {"Brooklyn", "112##", "NY"}, {"Philadelphia", "191##", "PA"}, {"Richmond", "232##", "VA"}, {"Raleigh", "276##", "NC"}, {"Columbus", "432##", "OH"}, {"Ann Arbor", "481##", "MI"}},
		streets: [][2]string{{"", " Maple Street"}, {"", " Oak Avenue"}, {"", " 2nd Street"}, {"", " Washington Boulevard"}, {"", " Lakeview Drive"}, {"", " Cedar Lane"}, {"", " Park Place"}, {"", " Sunset Road"}},
		each:    100, phones: []string{"+1 207 555 01##", "+1 617 555 01##", "+1 718 555 01##", "+1 215 555 01##", "+1 804 555 01##", "+1 919 555 01##", "+1 614 555 01##", "+1 734 555 01##", "+1 212 555 01##", "+1 312 555 01##", "+1 415 555 01##", "+1 206 555 01##", "+1 303 555 01##", "+1 512 555 01##", "+1 404 555 01##", "+1 305 555 01##"},
	},
	{
		code: "NL", share: 6, currency: "EUR", zone: "Europe/Amsterdam", east: 1, locale: "nl-NL", tax: 210, postage: 595, culture: dutch, others: 160,
		cities:  []place{{"Amsterdam", "10## @@", ""}, {"Utrecht", "35## @@", ""}, {"Rotterdam", "30## @@", ""}, {"Groningen", "97## @@", ""}, {"Leiden", "23## @@", ""}},
		streets: [][2]string{{"Molenstraat ", ""}, {"Kerkstraat ", ""}, {"Prinsengracht ", ""}, {"Stationsweg ", ""}, {"Tulpenlaan ", ""}, {"Havenkade ", ""}},
	},
	{
		code: "IT", share: 5, currency: "EUR", zone: "Europe/Rome", east: 1, locale: "it-IT", tax: 220, postage: 695, culture: italian, others: 60,
		cities:  []place{{"Milano", "201##", "MI"}, {"Roma", "001##", "RM"}, {"Torino", "101##", "TO"}, {"Bologna", "401##", "BO"}, {"Firenze", "501##", "FI"}},
		streets: [][2]string{{"Via Roma ", ""}, {"Via Garibaldi ", ""}, {"Corso Italia ", ""}, {"Piazza Mazzini ", ""}, {"Via dei Mille ", ""}, {"Viale Dante ", ""}},
	},
	{
		code: "ES", share: 5, currency: "EUR", zone: "Europe/Madrid", east: 1, locale: "es-ES", tax: 210, postage: 695, culture: spanish, others: 60,
		cities:  []place{{"Madrid", "280##", "Madrid"}, {"Barcelona", "080##", "Barcelona"}, {"Valencia", "460##", "Valencia"}, {"Sevilla", "410##", "Sevilla"}, {"Bilbao", "480##", "Bizkaia"}},
		streets: [][2]string{{"Calle Mayor ", ""}, {"Calle del Sol ", ""}, {"Avenida de la Paz ", ""}, {"Plaza Nueva ", ""}, {"Paseo del Río ", ""}, {"Calle Cervantes ", ""}},
	},
	{
		code: "AT", share: 4, currency: "EUR", zone: "Europe/Vienna", east: 1, locale: "de-AT", tax: 200, postage: 595, culture: german, others: 150,
		cities:  []place{{"Wien", "1##0", ""}, {"Graz", "80##", ""}, {"Linz", "40##", ""}, {"Salzburg", "50##", ""}, {"Innsbruck", "60##", ""}},
		streets: [][2]string{{"Hauptstraße ", ""}, {"Mozartgasse ", ""}, {"Wiener Straße ", ""}, {"Dorfplatz ", ""}, {"Donaulände ", ""}},
	},
	{
		code: "CH", share: 4, currency: "CHF", zone: "Europe/Zurich", east: 1, locale: "de-CH", tax: 81, postage: 790, culture: german, others: 250,
		cities:  []place{{"Zürich", "80##", "ZH"}, {"Bern", "30##", "BE"}, {"Basel", "40##", "BS"}, {"Genève", "12##", "GE"}, {"Luzern", "60##", "LU"}},
		streets: [][2]string{{"Bahnhofstrasse ", ""}, {"Seestrasse ", ""}, {"Dorfstrasse ", ""}, {"Bergweg ", ""}, {"Rue du Lac ", ""}},
	},
	{
		code: "SE", share: 3, currency: "SEK", zone: "Europe/Stockholm", east: 1, locale: "sv-SE", tax: 250, postage: 590, culture: swedish, others: 120,
		cities:  []place{{"Stockholm", "11# ##", ""}, {"Göteborg", "41# ##", ""}, {"Malmö", "21# ##", ""}, {"Uppsala", "75# ##", ""}},
		streets: [][2]string{{"Storgatan ", ""}, {"Kungsgatan ", ""}, {"Skolgatan ", ""}, {"Björkvägen ", ""}, {"Hamngatan ", ""}},
		each:    100, phones: []string{"+46 31 390 06 ##", "+46 40 628 04 ##", "+46 8 465 004 ##"}, trunk: "0",
	},
	{
		code: "IE", share: 2, currency: "EUR", zone: "Europe/Dublin", locale: "en-IE", tax: 230, postage: 690, culture: english, others: 120,
		cities:  []place{{"Dublin", "D0# @@##", ""}, {"Cork", "T12 @@##", ""}, {"Galway", "H91 @@##", ""}},
		streets: [][2]string{{"", " Harbour View"}, {"", " Bridge Street"}, {"", " Castle Road"}, {"", " Abbey Lane"}},
		each:    100000, phones: []string{"+353 20 91# ####"}, trunk: "0",
	},
	{
		code: "JP", share: 1, currency: "JPY", zone: "Asia/Tokyo", east: 9, locale: "ja-JP", tax: 100, postage: 1490, culture: japanese, others: 30,
		cities:  []place{{"Tokyo", "1##-00##", ""}, {"Osaka", "53#-00##", ""}, {"Kyoto", "60#-80##", ""}},
		streets: [][2]string{{"Sakura-machi ", ""}, {"Hon-cho ", ""}, {"Midori-dori ", ""}},
	},
}

// prices of one unit of the currencies in ten-thousandths of a euro.
var prices = [...]struct {
	currency crm.Currency
	euros    int64
}{
	{"EUR", 10000}, {"GBP", 11700}, {"USD", 9200}, {"CHF", 10600}, {"SEK", 880},
	{"JPY", 61}, {"DKK", 1340}, {"PLN", 2340}, {"CAD", 6700}, {"AUD", 6000},
}
