package crm

// A Channel is a way by which shop and customer meet. Shops may use words of
// their own beside these; the zero value is an unknown channel.
type Channel string

// The usual channels.
const (
	ChannelWeb         Channel = "web"
	ChannelApp         Channel = "app"
	ChannelStore       Channel = "store" // a place with a door
	ChannelPhone       Channel = "phone"
	ChannelMarketplace Channel = "marketplace"
	ChannelSocial      Channel = "social"
	ChannelChat        Channel = "chat"
	ChannelEmail       Channel = "email"
	ChannelSMS         Channel = "sms"
	ChannelPush        Channel = "push"
	ChannelPost        Channel = "post"
	ChannelDevice      Channel = "device" // a machine that reorders by itself
)
