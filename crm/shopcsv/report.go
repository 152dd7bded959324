package shopcsv

// A Report accounts for every row that was read. Always
//
//	Rows == Imported + Fees + Blank + Rejected + Pending
type Report struct {
	Rows     int64 `json:"rows"`     // read, the header aside
	Imported int64 `json:"imported"` // in records that were handed over
	Fees     int64 `json:"fees"`     // in such records too, but no product: postage, charges, discounts, vouchers
	Blank    int64 `json:"blank"`    // without any text
	Rejected int64 `json:"rejected"` // written to Options.Rejects
	Pending  int64 `json:"pending"`  // of documents not yet complete; 0 at the end

	Customers int64 `json:"customers"` // records of a customer alone
	Products  int64 `json:"products"`  // records of a product
	Orders    int64 `json:"orders"`    // records of an order, with or without its refund
	Refunds   int64 `json:"refunds"`   // refunds, alone or with their order
	Consents  int64 `json:"consents"`  // consents with their customer or order, also those that say no
}
