package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"
)

const (
	envPrefix = "AGNER_"
	maxFile   = 1 << 20 // bytes; a configuration, not data
)

// Source says where the layers come from.
type Source struct {
	File  string            // path of config.yaml; may be absent
	Env   []string          // os.Environ(); nil: no environment
	Flags map[string]string // key → value, only those that were given
}

// entry is one raw value of a layer and where it stands.
type entry struct {
	key    string
	value  any
	origin string
}

// Load merges the layers and validates the result.
func Load(src Source) (Config, error) {
	file, err := readFile(src.File)
	if err != nil {
		return Config{}, err
	}
	env, err := fromEnv(src.Env)
	if err != nil {
		return Config{}, err
	}
	k := koanf.New(".")
	origins := map[string]string{}
	for _, layer := range [][]entry{fromDefaults(), file, env, fromFlags(src.Flags)} {
		if err := merge(k, layer, origins); err != nil {
			return Config{}, err
		}
	}
	var c Config
	err = k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{TagName: "koanf", ErrorUnused: true}})
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	if err := c.Validate(); err != nil {
		var ve *ValueError
		if errors.As(err, &ve) {
			ve.Origin = origins[ve.Key]
		}
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	return c, nil
}

// merge converts every value of a layer to its key's exact type before it is merged, so that a later layer cannot blur an earlier error.
func merge(k *koanf.Koanf, layer []entry, origins map[string]string) error {
	flat := make(map[string]any, len(layer))
	for _, e := range layer {
		typ, ok := keys[e.key]
		if !ok {
			return fmt.Errorf("configuration: unknown key %q (%s)%s", e.key, e.origin, suggest(e.key))
		}
		v, err := convert(typ, e.value)
		if err != nil {
			return fmt.Errorf("configuration: %w", &ValueError{Key: e.key, Value: e.value, Reason: err.Error(), Origin: e.origin})
		}
		flat[e.key] = v
		if e.origin != "" {
			origins[e.key] = e.origin
		}
	}
	return k.Load(confmap.Provider(flat, "."), nil)
}

// keys are all keys with their types, read off Config once.
var keys = func() map[string]reflect.Type {
	out := map[string]reflect.Type{}
	walk("", reflect.ValueOf(Default()), func(key string, v reflect.Value) { out[key] = v.Type() })
	return out
}()

// Keys lists every key there is, sorted.
func Keys() []string {
	out := make([]string, 0, len(keys))
	for k := range keys {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func walk(prefix string, v reflect.Value, f func(string, reflect.Value)) {
	for i := range v.NumField() {
		key := prefix + v.Type().Field(i).Tag.Get("koanf")
		if v.Field(i).Kind() == reflect.Struct {
			walk(key+".", v.Field(i), f)
			continue
		}
		f(key, v.Field(i))
	}
}

func fromDefaults() []entry {
	var out []entry
	walk("", reflect.ValueOf(Default()), func(key string, v reflect.Value) { out = append(out, entry{key: key, value: v.Interface()}) })
	return out
}

// EnvName is the environment variable of a key.
func EnvName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// fromEnv takes the variables that are keys. One that begins like a section but is no key is a mistake; other AGNER_ names
// (AGNER_DATA, AGNER_TESTDATA, …) belong to somebody else.
func fromEnv(env []string) ([]entry, error) {
	names, sections := map[string]string{}, map[string]bool{}
	for key := range keys {
		names[EnvName(key)] = key
		if section, _, ok := strings.Cut(key, "."); ok {
			sections[EnvName(section)+"_"] = true
		}
	}
	var out []entry
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if key, ok := names[name]; ok {
			out = append(out, entry{key, value, "environment variable " + name})
			continue
		}
		for section := range sections {
			if strings.HasPrefix(name, section) {
				return nil, fmt.Errorf("configuration: unknown environment variable %s", name)
			}
		}
	}
	return out, nil
}

func fromFlags(flags map[string]string) []entry {
	var out []entry
	for key, value := range flags {
		out = append(out, entry{key, value, "flag"})
	}
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return out
}

func readFile(path string) ([]entry, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("configuration: %s is longer than %d bytes", path, maxFile)
	}
	return parseYAML(path, b)
}

// convert makes a raw value the type of its key. Environment and flags give strings, YAML gives its own types; a YAML
// string is never read as a number or truth value, nor the other way round.
func convert(typ reflect.Type, raw any) (any, error) {
	switch v := raw.(type) {
	case text:
		if typ.Kind() == reflect.String {
			return string(v), nil
		}
		return nil, fmt.Errorf("want %s", describe(typ))
	case string:
		return parse(typ, v)
	}
	v := reflect.ValueOf(raw)
	switch {
	case !v.IsValid():
		return nil, errors.New("has no value")
	case typ.Kind() == reflect.Int && v.CanUint() && v.Uint() <= 1<<62:
		return int(v.Uint()), nil
	case typ.Kind() == reflect.Int && v.CanInt():
		return int(v.Int()), nil
	case typ.Kind() == reflect.Slice && v.Kind() == reflect.Slice:
		return texts(v)
	case v.Type() == typ:
		return raw, nil
	}
	return nil, fmt.Errorf("want %s", describe(typ))
}

func texts(v reflect.Value) ([]string, error) {
	out := make([]string, v.Len())
	for i := range out {
		s, ok := v.Index(i).Interface().(string)
		if !ok {
			return nil, errors.New("want a list of texts")
		}
		out[i] = s
	}
	return out, nil
}

// text marks a YAML string, which must not be read as a number.
type text string

func parse(typ reflect.Type, s string) (any, error) {
	switch typ.Kind() {
	case reflect.String:
		return s, nil
	case reflect.Int:
		if n, err := strconv.Atoi(s); err == nil {
			return n, nil
		}
	case reflect.Bool:
		if s == "true" || s == "false" {
			return s == "true", nil
		}
	case reflect.Slice:
		out := []string{}
		for _, part := range strings.Split(s, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("want %s", describe(typ))
}

func describe(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list of texts"
	default:
		return "a text"
	}
}

// suggest names the key that ends like an unknown one, the usual mistake being the wrong section.
func suggest(key string) string {
	last := key[strings.LastIndexByte(key, '.')+1:]
	var alike []string
	for _, k := range Keys() {
		if k == last || strings.HasSuffix(k, "."+last) {
			alike = append(alike, strconv.Quote(k))
		}
	}
	if len(alike) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(alike, " or ") + "?"
}
