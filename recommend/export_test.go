package recommend

// Date is when a day begins.
var Date = date
