package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"parley"
)

// Costs of a password's hash: OWASP's first choice for argon2id.
const (
	hashMemory  = 19 << 10 // KiB
	hashPasses  = 2
	hashThreads = 1
	hashSize    = 32
)

// hashPassword returns the argon2id hash of a password with its salt and costs, in the usual form.
func (a *App) hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	sum, err := a.argon2(ctx, password, salt, hashPasses, hashMemory, hashThreads)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashThreads, encode(salt), encode(sum)), err
}

// nobody is the hash of no password: checking it takes as long as checking one.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// isPassword reports whether hash is that of password, in a time that does not tell where they differ.
func (a *App) isPassword(ctx context.Context, password, hash string) (bool, error) {
	var version int
	var memory, passes uint32
	var threads uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("a password's hash is not argon2id")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads); err != nil {
		return false, fmt.Errorf("a password's hash has no costs: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("a password's hash has no salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("a password's hash is cut off: %w", err)
	}
	got, err := a.argon2(ctx, password, salt, passes, memory, threads)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// argon2 hashes when there is room: each takes 19 MiB.
func (a *App) argon2(ctx context.Context, password string, salt []byte, passes, memory uint32, threads uint8) ([]byte, error) {
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
		return argon2.IDKey([]byte(password), salt, passes, memory, threads, hashSize), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// checkPassword returns an Invalid error unless password may be one.
func checkPassword(password string) error {
	switch {
	case len([]rune(password)) < 10:
		return &parley.Error{Code: parley.Invalid, Field: "password", Message: "a password has at least 10 characters; three or four words do well"}
	case len(password) > 1000:
		return &parley.Error{Code: parley.Invalid, Field: "password", Message: "the password has more than 1,000 bytes"}
	}
	return nil
}

// newSecret returns 256 bits of chance in letters, digits, - and _.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashSecret returns what is kept of a secret. It has as much chance in it as the hash has bits, so that
// it needs neither salt nor cost.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
