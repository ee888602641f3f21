/* control_socket.c - the listening Unix socket and who may come in.
 *
 * The file's mode (0660) and group keep others from connecting at all; the
 * peer's uid and groups (SO_PEERCRED, SO_PEERGROUPS: taken by the kernel at
 * connect) say what those who can may do. Thread: main. */
#include "control/control_socket.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define BACKLOG 512 /* a Unix socket refuses beyond it instead of waiting */
#define ACCEPT_PAUSE_MS 500
#define GROUPS_MAX 1024
#define NONE ((gid_t)-1)

static int
fill_address(const char *path, struct sockaddr_un *address, struct err *err)
{
	size_t n = strlen(path);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n >= sizeof address->sun_path)
		return err_set(err, ERR_INPUT, 0,
			       "control_socket: the path is longer than %zu bytes",
			       sizeof address->sun_path - 1);
	memcpy(address->sun_path, path, n + 1);
	return 0;
}

/* clear_stale - a socket file nobody answers on is left from a crash; anything
 * else in that place is not ours to remove. */
static int
clear_stale(const char *path, const struct sockaddr_un *address, struct err *err)
{
	struct stat st;
	int fd, rc;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_errno(err, errno, "control socket %s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, ERR_SYSTEM, EEXIST,
			       "control socket %s: something else has that "
			       "name; remove it or set control_socket",
			       path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)address, sizeof *address);
	if (fd >= 0)
		close(fd);
	if (rc == 0 || errno == EAGAIN)
		return err_set(err, ERR_SYSTEM, EADDRINUSE,
			       "control socket %s: another relayd answers "
			       "there; stop it or set control_socket",
			       path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(err, errno, "control socket %s: cannot remove the stale one",
				 path);
	return 0;
}

/* make_folder - /run/relayd is gone after a boot when systemd did not make it. */
static void
make_folder(const char *path)
{
	char folder[sizeof((struct sockaddr_un *)0)->sun_path];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path || (size_t)(slash - path) >= sizeof folder)
		return;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	if (mkdir(folder, 0755) == 0)
		(void)chmod(folder, 0755); /* whatever the umask was; a failure shows at bind */
}

static gid_t
group_of(const char *name)
{
	const struct group *group = name ? getgrnam(name) : NULL; /* main thread, at (re)load */

	if (name && !group)
		LOG(LOG_WARNING, "control.no_group", LOG_TEXT("group", name));
	return group ? group->gr_gid : NONE;
}

void
control_socket_configure(struct control *control)
{
	control->operators = group_of(control->config->control.operators);
	control->viewers = group_of(control->config->control.viewers);
}

/* share_with - one group can own the file: the operators', else the viewers'.
 * With both, the file is open to all and the peer's groups decide. */
static int
set_mode(const struct control *control, const char *path, struct err *err)
{
	gid_t group = control->operators != NONE ? control->operators : control->viewers;
	bool both = control->operators != NONE && control->viewers != NONE &&
		control->operators != control->viewers;

	if (group != NONE && chown(path, (uid_t)-1, group) < 0)
		LOG(LOG_WARNING, "control.chown", LOG_TEXT("path", path),
		    LOG_TEXT("why", strerror(errno)));
	if (chmod(path, both ? 0666 : 0660) < 0)
		return err_errno(err, errno, "control socket %s: chmod", path);
	return 0;
}

static bool
is_in(gid_t wanted, gid_t primary, const gid_t *group, size_t groups)
{
	if (wanted == NONE)
		return false;
	if (wanted == primary)
		return true;
	for (size_t i = 0; i < groups; i++)
		if (group[i] == wanted)
			return true;
	return false;
}

static enum control_role
role_of(const struct control *control, int fd, const struct ucred *peer)
{
	gid_t group[GROUPS_MAX];
	socklen_t bytes = sizeof group;
	size_t groups = 0;

	if (peer->uid == 0 || peer->uid == geteuid())
		return CONTROL_OPERATOR;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, group, &bytes) == 0)
		groups = bytes / sizeof *group;
	if (is_in(control->operators, peer->gid, group, groups))
		return CONTROL_OPERATOR;
	if (is_in(control->viewers, peer->gid, group, groups))
		return CONTROL_VIEWER;
	return CONTROL_NOBODY;
}

void
control_socket_user(uid_t uid, char *out, size_t size)
{
	struct passwd row, *found = NULL;
	char room[4096];

	if (getpwuid_r(uid, &row, room, sizeof room, &found) == 0 && found)
		snprintf(out, size, "%s", row.pw_name);
	else
		snprintf(out, size, "uid %u", (unsigned)uid);
}

static void
welcome(struct control *control, int fd)
{
	static const char refused[] =
		"{\"id\":null,\"error\":{\"code\":4,\"message\":\"not permitted\",\"data\":{"
		"\"kind\":\"not_permitted\",\"hint\":\"ask to be in the group that relayd.conf "
		"names "
		"in control { operators = ... } or { viewers = ... }\"}}}\n";
	static const char full[] =
		"{\"id\":null,\"error\":{\"code\":11,\"message\":\"too many clients\",\"data\":{"
		"\"kind\":\"busy\",\"hint\":null}}}\n";
	struct ucred peer = { 0 };
	socklen_t bytes = sizeof peer;
	enum control_role role = CONTROL_NOBODY;
	char user[sizeof((struct control_session *)0)->user];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0)
		role = role_of(control, fd, &peer);
	if (role == CONTROL_NOBODY || control->session_count >= CONTROL_SESSIONS_MAX) {
		const char *why = role == CONTROL_NOBODY ? refused : full;

		LOG(LOG_NOTICE, "control.refused", LOG_UINT("uid", peer.uid),
		    LOG_TEXT("why", role == CONTROL_NOBODY ? "not permitted" : "too many clients"));
		(void)!write(fd, why, strlen(why)); /* fits into any empty socket buffer */
		close(fd);
		return;
	}
	control_socket_user(peer.uid, user, sizeof user);
	control_session_new(control, fd, peer.uid, user, role);
}

static void
on_readable(int fd, short events, void *arg)
{
	struct control *control = arg;

	(void)events;
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (client >= 0) {
			welcome(control, client);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN &&
		    errno != EWOULDBLOCK) { /* no descriptor left: not in a tight loop */
			LOG(LOG_WARNING, "control.accept", LOG_TEXT("why", strerror(errno)));
			loop_watch_set(control->watch, 0);
			loop_timer_set(&control->accept_pause, ACCEPT_PAUSE_MS);
		}
		return;
	}
}

void
control_socket_resume(void *arg)
{
	struct control *control = arg;

	if (control->watch)
		loop_watch_set(control->watch, LOOP_READ);
}

int
control_socket_open(struct control *control, struct err *err)
{
	const char *path = control->config->control_socket;
	struct sockaddr_un address;
	struct stat st;
	int fd;

	if (fill_address(path, &address, err) < 0)
		return -1;
	make_folder(path);
	if (clear_stale(path, &address, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(err, errno, "control socket");
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
		(void)err_errno(err, errno, "control socket %s", path);
		close(fd);
		return -1;
	}
	if (set_mode(control, path, err) < 0 || stat(path, &st) < 0 || listen(fd, BACKLOG) < 0) {
		(void)err_errno(err, errno, "control socket %s", path);
		close(fd);
		(void)unlink(path);
		return -1;
	}
	control->fd = fd;
	control->socket_path = mem_strdup(path);
	control->socket_inode = st.st_ino;
	control->watch = loop_watch_new(control->loop, fd, on_readable, control);
	loop_watch_set(control->watch, LOOP_READ);
	return 0;
}

void
control_socket_close(struct control *control)
{
	struct stat st;

	if (control->fd < 0)
		return;
	loop_timer_clear(&control->accept_pause);
	loop_watch_free(&control->watch);
	close(control->fd);
	control->fd = -1;
	/* a relayd started meanwhile may have put its own there */
	if (lstat(control->socket_path, &st) == 0 && st.st_ino == control->socket_inode)
		(void)unlink(control->socket_path);
	mem_free(control->socket_path);
	control->socket_path = NULL;
}
