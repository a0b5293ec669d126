package plan

// Service is what an agent asks for by dialling on the own phone.
type Service string

// The codes.
const (
	DialOut       Service = "*10"
	DialAvailable Service = "*11"
	DialBreak     Service = "*12"
	DialMeal      Service = "*13"
	DialWrapDone  Service = "*14"
	DialEcho      Service = "*43"
)

// Services lists the codes with what they do, for pages and documents.
func Services() map[string]string {
	return map[string]string{
		string(DialAvailable): "sign in, available", string(DialOut): "sign out", string(DialBreak): "break", string(DialMeal): "meal",
		string(DialWrapDone): "end wrap-up", string(DialEcho): "echo test",
	}
}

// ServiceOf returns the service that a number asks for, or false.
func ServiceOf(number string) (Service, bool) {
	_, ok := Services()[number]
	return Service(number), ok
}
