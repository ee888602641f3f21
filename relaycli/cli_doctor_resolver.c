/* cli_doctor_resolver.c - see cli_doctor.h: one question (RFC 1035) to the first resolver that
 * relayd asks: does it answer, and does it validate? The root's SOA record is signed and short, so
 * that no library is wanted; AD in the question asks for AD in the answer (RFC 6840 s5.7). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rand.h"
#include "cli_doctor.h"

#define ANSWER_SEC 2
#define STRAYS_MAX 16
#define HEADER_BYTES 12
#define FLAG_RESPONSE 0x80 /* of byte 2 */
#define FLAG_RECURSION 0x01
#define FLAG_AUTHENTIC 0x20 /* of byte 3 */
#define CODE_MASK 0x0f

enum verdict { VALIDATES, PLAIN, REFUSES, SILENT };

/* connect_to - "1.2.3.4", "1.2.3.4:53", "::1" or "[::1]:53" */
static int
connect_to(const char *text)
{
	struct timeval limit = { .tv_sec = ANSWER_SEC };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	unsigned port = 53;
	char host[64];
	bool is_4;
	int fd;

	if (text[0] == '[' ? sscanf(text, "[%63[^]]]:%u", host, &port) < 1
			   : strchr(text, ':') != strrchr(text, ':')
				     ? snprintf(host, sizeof host, "%s", text) >= (int)sizeof host
				     : sscanf(text, "%63[^:]:%u", host, &port) < 1)
		return -1;
	is_4 = inet_pton(AF_INET, host, &in.sin_addr) == 1;
	if ((!is_4 && inet_pton(AF_INET6, host, &in6.sin6_addr) != 1) || port > 65535)
		return -1;
	in.sin_port = in6.sin6_port = htons((uint16_t)port);
	fd = socket(is_4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	if (connect(fd, is_4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
		    is_4 ? sizeof in : sizeof in6) == 0)
		return fd;
	close(fd);
	return -1;
}

static enum verdict
ask(int fd, int *code_out)
{
	unsigned char question[HEADER_BYTES + 5] = {
		[2] = FLAG_RECURSION, [3] = FLAG_AUTHENTIC, [5] = 1, /* one question: */
		[HEADER_BYTES + 2] = 6, [HEADER_BYTES + 4] = 1,	     /* ". IN SOA" */
	};
	unsigned char answer[512];
	int strays = 0;
	ssize_t n;

	rand_secret(question, 2);
	if (send(fd, question, sizeof question, 0) != (ssize_t)sizeof question)
		return SILENT;
	do { /* the socket is connected: only that server is heard */
		n = recv(fd, answer, sizeof answer, 0);
		if (n < 0 || strays++ == STRAYS_MAX)
			return SILENT;
	} while (n < HEADER_BYTES || memcmp(answer, question, 2) != 0 ||
		 !(answer[2] & FLAG_RESPONSE));
	*code_out = answer[3] & CODE_MASK;
	return *code_out != 0		     ? REFUSES
	       : answer[3] & FLAG_AUTHENTIC ? VALIDATES
					     : PLAIN;
}

void
cli_doctor_resolver(json_t *checks, const char *resolver, bool is_trusted)
{
	static const char unbound[] = "run a validating resolver on this host (apt install "
				      "unbound), or set dns.trusted = no";
	int fd = connect_to(resolver), code = 0;
	enum verdict verdict = fd < 0 ? SILENT : ask(fd, &code);

	if (fd >= 0)
		close(fd);
	if (verdict == SILENT)
		cli_doctor_add(checks, "resolver", resolver, "fail",
			       "see dns { nameservers } in relayd.conf, and whether it runs: ss "
			       "-lunp", "it does not answer within %d seconds", ANSWER_SEC);
	else if (verdict == REFUSES)
		cli_doctor_add(checks, "resolver", resolver, is_trusted ? "unknown" : "ok",
			       is_trusted ? unbound : NULL,
			       "it answers, but not about the root (code %d): whether it validates "
			       "DNSSEC is not known", code);
	else if (verdict == VALIDATES)
		cli_doctor_add(checks, "resolver", resolver, "ok", NULL,
			       "it answers, and validates DNSSEC");
	else
		cli_doctor_add(checks, "resolver", resolver, is_trusted ? "warn" : "ok",
			       is_trusted ? unbound : NULL, "it answers, and does not validate "
			       "DNSSEC%s",
			       is_trusted ? ", about which dns.trusted believes it" : "");
}
