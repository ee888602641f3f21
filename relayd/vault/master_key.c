/* master_key.c - see master_key.h. */
#include "vault/master_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rand.h"

#define HEX_DIGITS ((size_t)2 * MASTER_KEY_BYTES)
#define BASE64_DIGITS 43 /* and a padding "=", which may be missing */
#define DISTINCT_LEAST 12 /* of 32 random bytes, 28 to 32 differ */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
read_hex(struct span text, unsigned char *key)
{
	if (text.n != HEX_DIGITS)
		return false;
	for (size_t i = 0; i < MASTER_KEY_BYTES; i++) {
		int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static int
base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* read_base64 - 43 digits carry 258 bits, the last two of them zero. */
static bool
read_base64(struct span text, unsigned char *key)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	if (text.n == BASE64_DIGITS + 1 && text.p[BASE64_DIGITS] == '=')
		text.n--;
	if (text.n != BASE64_DIGITS)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int value = base64_value(text.p[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			key[n++] = (unsigned char)(bits >> have);
		}
	}
	return (bits & ((1u << have) - 1)) == 0;
}

/* is_drawn - a file of zeros, or of one letter, is a slip nobody would notice otherwise. */
static bool
is_drawn(const unsigned char *key)
{
	bool seen[256] = { false };
	size_t distinct = 0;

	for (size_t i = 0; i < MASTER_KEY_BYTES; i++) {
		distinct += !seen[key[i]];
		seen[key[i]] = true;
	}
	mem_wipe(seen, sizeof seen);
	return distinct >= DISTINCT_LEAST;
}

int
master_key_parse(struct span bytes, unsigned char key_out[MASTER_KEY_BYTES], struct err *err)
{
	struct span text = span_trim(bytes);

	if (bytes.n == MASTER_KEY_BYTES)
		memcpy(key_out, bytes.p, MASTER_KEY_BYTES);
	else if (!read_hex(text, key_out) && !read_base64(text, key_out))
		return err_set(err, ERR_INPUT, 0,
			       "holds no master key: 32 bytes, 64 hex digits or base64");
	if (is_drawn(key_out))
		return 0;
	mem_wipe(key_out, MASTER_KEY_BYTES);
	return err_set(err, ERR_INPUT, 0, "its bytes are not random: make one with relayd "
					  "--make-master-key FILE");
}

/* check_file - who else could read or change it? */
static int
check_file(int fd, const char *file, bool is_credential, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, errno, "master key %s", file);
	if (!S_ISREG(st.st_mode) || st.st_size > MASTER_KEY_FILE_MAX_BYTES)
		return err_set(err, ERR_INPUT, 0, "master key %s is not a file of a few bytes",
			       file);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(err, ERR_INPUT, 0,
			       "master key %s belongs to uid %u: give it to relayd's user or root",
			       file, (unsigned)st.st_uid);
	if ((st.st_mode & (is_credential ? 037 : 077)) != 0)
		return err_set(err, ERR_INPUT, 0,
			       "master key %s may be read by others (mode %04o): chmod 0600 it",
			       file, (unsigned)st.st_mode & 07777);
	return 0;
}

int
master_key_read(const char *file, bool is_credential, unsigned char key_out[MASTER_KEY_BYTES],
		struct err *err)
{
	char bytes[MASTER_KEY_FILE_MAX_BYTES];
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct err why;
	ssize_t n;
	int rc;

	if (fd < 0) {
		rc = errno;
		(void)err_errno(&why, rc, "master key %s cannot be read", file);
		return err_set(err, ERR_INPUT, rc, "%s", why.text);
	}
	rc = check_file(fd, file, is_credential, err);
	if (rc == 0) {
		n = read(fd, bytes, sizeof bytes);
		rc = n < 0 ? err_errno(err, errno, "master key %s cannot be read", file) :
			     master_key_parse((struct span){ bytes, (size_t)n }, key_out, &why);
		if (n >= 0 && rc < 0)
			(void)err_set(err, ERR_INPUT, 0, "master key %s %s", file, why.text);
		mem_wipe(bytes, sizeof bytes);
	}
	close(fd);
	return rc;
}

/* write_out - all of it, and on disk. */
static int
write_out(int fd, const char *text, size_t n)
{
	ssize_t done = write(fd, text, n);

	if (done != (ssize_t)n) {
		errno = done < 0 ? errno : ENOSPC;
		return -1;
	}
	return fsync(fd);
}

int
master_key_make(const char *file, struct err *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char key[MASTER_KEY_BYTES];
	char text[HEX_DIGITS + 1];
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc;

	if (fd < 0 && errno == EEXIST)
		return err_set(err, ERR_INPUT, EEXIST,
			       "%s is there already, and keys may be sealed under it: name another",
			       file);
	if (fd < 0)
		return err_errno(err, errno, "cannot make %s", file);
	rand_secret(key, sizeof key);
	for (size_t i = 0; i < sizeof key; i++) {
		text[2 * i] = digits[key[i] >> 4];
		text[2 * i + 1] = digits[key[i] & 15];
	}
	text[HEX_DIGITS] = '\n';
	rc = write_out(fd, text, sizeof text);
	if (rc < 0) {
		(void)err_errno(err, errno, "cannot write %s", file);
		(void)unlink(file);
	}
	mem_wipe(key, sizeof key);
	mem_wipe(text, sizeof text);
	close(fd);
	return rc;
}
