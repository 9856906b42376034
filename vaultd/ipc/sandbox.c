/*
 * The locked door of each process: what a broken one could still ask of the kernel.
 * Security: a filter passes an exec, so main's holds every row of the table; keeper and gate
 * add their own.  A call without a row ends the process.  No memory becomes code once a child
 * has entered, and no process may signal another but main.
 */
#include "vaultd/ipc/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define M (1u << SANDBOX_MAIN)
#define K (1u << SANDBOX_KEEPER)
#define G (1u << SANDBOX_GATE)
#define ALL (M | K | G)
#define X (SANITIZED ? ALL : 0) /* what the sanitizers' runtime alone needs */
#define S (SANITIZED ? ALL : M) /* what the sanitizers' runtime needs, and an exec */

/* clang-format off */
static const struct row {
	int call;
	unsigned kinds;
} rows[] = {
	/* talking and waiting */
	{ SCMP_SYS(read), ALL }, { SCMP_SYS(write), ALL }, { SCMP_SYS(writev), M | K },
	{ SCMP_SYS(sendmsg), ALL }, { SCMP_SYS(recvmsg), ALL }, { SCMP_SYS(sendto), M | G },
	{ SCMP_SYS(recvfrom), M | G }, { SCMP_SYS(close), ALL }, { SCMP_SYS(poll), ALL },
	{ SCMP_SYS(ppoll), ALL }, { SCMP_SYS(epoll_create1), M },
	{ SCMP_SYS(epoll_ctl), M | G }, { SCMP_SYS(epoll_wait), M | G },
	{ SCMP_SYS(epoll_pwait), M | G }, { SCMP_SYS(eventfd2), M | K },
	{ SCMP_SYS(fcntl), ALL }, { SCMP_SYS(fstat), ALL }, { SCMP_SYS(newfstatat), ALL },
	{ SCMP_SYS(lseek), ALL },
	/* memory */
	{ SCMP_SYS(mmap), S }, { SCMP_SYS(mprotect), S }, { SCMP_SYS(brk), ALL },
	{ SCMP_SYS(munmap), ALL }, { SCMP_SYS(mremap), ALL }, { SCMP_SYS(madvise), ALL },
	{ SCMP_SYS(mlock), M | K }, { SCMP_SYS(mlock2), M | K }, { SCMP_SYS(munlock), M | K },
	{ SCMP_SYS(msync), M | K }, { SCMP_SYS(memfd_secret), M },
	/* threads, time, signals of one's own */
	{ SCMP_SYS(futex), ALL }, { SCMP_SYS(set_robust_list), ALL }, { SCMP_SYS(rseq), ALL },
	{ SCMP_SYS(set_tid_address), M }, { SCMP_SYS(sched_yield), ALL },
	{ SCMP_SYS(sched_getaffinity), ALL }, { SCMP_SYS(gettid), ALL },
	{ SCMP_SYS(getpid), ALL }, { SCMP_SYS(setpriority), M | K }, { SCMP_SYS(getrandom), ALL },
	{ SCMP_SYS(clock_gettime), ALL }, { SCMP_SYS(clock_nanosleep), M },
	{ SCMP_SYS(gettimeofday), ALL }, { SCMP_SYS(time), ALL },
	{ SCMP_SYS(rt_sigaction), ALL }, { SCMP_SYS(rt_sigprocmask), ALL },
	{ SCMP_SYS(rt_sigreturn), ALL }, { SCMP_SYS(restart_syscall), ALL },
	{ SCMP_SYS(exit), ALL }, { SCMP_SYS(exit_group), ALL },
	/* the network: connections that came in through the listening socket */
	{ SCMP_SYS(accept4), M | G }, { SCMP_SYS(socketpair), M | G },
	{ SCMP_SYS(shutdown), M | G }, { SCMP_SYS(getsockopt), M | G },
	{ SCMP_SYS(setsockopt), M | G }, { SCMP_SYS(getsockname), M | G },
	{ SCMP_SYS(getpeername), M | G },
	/* files: Landlock says which */
	{ SCMP_SYS(openat), M | K }, { SCMP_SYS(pread64), M | K },
	{ SCMP_SYS(pwrite64), M | K }, { SCMP_SYS(fdatasync), M | K },
	{ SCMP_SYS(fsync), M | K }, { SCMP_SYS(ftruncate), M | K },
	{ SCMP_SYS(fallocate), M | K }, { SCMP_SYS(renameat), M | K },
	{ SCMP_SYS(unlinkat), M | K }, { SCMP_SYS(flock), M | K },
	{ SCMP_SYS(fstatfs), M | K }, { SCMP_SYS(getdents64), M }, { SCMP_SYS(statx), M },
	/* main: to start others, and what a program does before it has entered */
	{ SCMP_SYS(execve), M }, { SCMP_SYS(clone), S }, { SCMP_SYS(prctl), S },
	{ SCMP_SYS(tgkill), M }, { SCMP_SYS(execveat), M }, { SCMP_SYS(wait4), M },
	{ SCMP_SYS(kill), M }, { SCMP_SYS(signalfd4), M }, { SCMP_SYS(dup), M },
	{ SCMP_SYS(dup2), M }, { SCMP_SYS(dup3), M }, { SCMP_SYS(close_range), M },
	{ SCMP_SYS(getppid), M }, { SCMP_SYS(capset), M }, { SCMP_SYS(seccomp), M },
	{ SCMP_SYS(landlock_create_ruleset), M }, { SCMP_SYS(landlock_add_rule), M },
	{ SCMP_SYS(landlock_restrict_self), M }, { SCMP_SYS(access), S },
	{ SCMP_SYS(faccessat), M }, { SCMP_SYS(arch_prctl), S }, { SCMP_SYS(prlimit64), S },
	{ SCMP_SYS(readlink), S }, { SCMP_SYS(getcwd), S }, { SCMP_SYS(uname), S | K },
	{ SCMP_SYS(sysinfo), S | K | G }, { SCMP_SYS(getuid), M }, { SCMP_SYS(geteuid), M },
	{ SCMP_SYS(getgid), M }, { SCMP_SYS(getegid), M }, { SCMP_SYS(sigaltstack), S },
	{ SCMP_SYS(pipe2), S }, { SCMP_SYS(getrusage), S },
	{ SCMP_SYS(open), X }, { SCMP_SYS(ioctl), X },
};
/* clang-format on */

/* Calls that some may make only with (argument & mask) == value. */
static const struct condition {
	int call;
	unsigned kinds, argument;
	scmp_datum_t mask, value;
} conditions[] = {
    {SCMP_SYS(mmap), K | G, 2, PROT_EXEC, 0}, {SCMP_SYS(mprotect), K | G, 2, PROT_EXEC, 0},
    {SCMP_SYS(clone), K, 0, CLONE_THREAD, CLONE_THREAD},
    {SCMP_SYS(prctl), K | G, 0, UINT32_MAX, PR_SET_NAME},
    {SCMP_SYS(socket), M, 0, UINT32_MAX, AF_UNIX}, /* the service manager's */
};

static int
add_rows(scmp_filter_ctx filter, unsigned kind)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && rc == 0; i++)
		if ((rows[i].kinds & kind) != 0)
			rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, rows[i].call, 0);
	return rc;
}

static int
add_conditions(scmp_filter_ctx filter, unsigned kind)
{
	const struct scmp_arg_cmp own = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};
	int rc = 0;

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]) && rc == 0; i++) {
		const struct condition *c = &conditions[i];
		const struct scmp_arg_cmp arg = {
		    c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value};

		if ((c->kinds & kind) != 0 && !(SANITIZED && kind != M))
			rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, c->call, 1, &arg);
	}
	if (rc == 0 && kind != M) /* abort(3) */
		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &own);
	/* glibc falls back to clone, whose flags a filter can see. */
	return rc != 0 ? rc
		       : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* What no hook may ask of the kernel: to look into others, to change the machine. */
static const int refused[] = { SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp),
	SCMP_SYS(perf_event_open), SCMP_SYS(bpf), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(keyctl), SCMP_SYS(add_key),
	SCMP_SYS(request_key), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(chroot), SCMP_SYS(swapon), SCMP_SYS(swapoff),
	SCMP_SYS(reboot), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime), SCMP_SYS(acct), SCMP_SYS(quotactl),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at), SCMP_SYS(syslog) };

static int
add_refused(scmp_filter_ctx filter)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	return rc;
}

/*
 * libseccomp that gets no memory may leave rows out and say that all is well.  Where a row allows,
 * the process ends at its first such call; where it refuses, it has to be looked for.  With these
 * arguments no call does anything.
 */
static int
try_refused(struct error *err)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (syscall(refused[i], -1, -1, -1, -1, -1, -1) != -1 || errno != EPERM)
			return error_set(err, ERR_INTERNAL,
			    "the seccomp filter does not refuse system call %d", refused[i]);
	return 0;
}

static int
load_filter(enum sandbox_kind kind, struct error *err)
{
	bool hooks = kind == SANDBOX_RUNNER;
	scmp_filter_ctx filter = seccomp_init(hooks ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	int rc = filter == NULL ? -ENOMEM :
	    hooks		? add_refused(filter) :
				  add_rows(filter, 1u << kind);

	if (rc == 0 && !hooks)
		rc = add_conditions(filter, 1u << kind);
	if (rc == 0)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	errno = -rc;
	if (rc != 0)
		return error_set_errno(err, "loading the seccomp filter");
	return hooks ? try_refused(err) : 0;
}

/* Landlock as later kernels' headers have it (linux/landlock.h, ABI 1 to 6). */
struct ruleset {
	uint64_t files, network, scopes;
};

#define FILES_ABI1 ((1u << 13) - 1)
#define FILES_REFER (1u << 13)
#define FILES_TRUNCATE (1u << 14)
#define FILES_IOCTL (1u << 15)
#define NETWORK_ALL 3u /* bind, connect */
#define SCOPES_ALL 3u  /* abstract sockets, signals */

/* What the keeper does in its directories. */
#define FILES_KEPT \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | FILES_TRUNCATE)

/* Everything that this kernel can forbid.  *size is what it knows of the struct. */
static struct ruleset
forbid_all(long abi, size_t *size)
{
	struct ruleset r = {FILES_ABI1, 0, 0};

	*size = offsetof(struct ruleset, network);
	if (abi >= 2)
		r.files |= FILES_REFER;
	if (abi >= 3)
		r.files |= FILES_TRUNCATE;
	if (abi >= 4) {
		r.network = NETWORK_ALL;
		*size = offsetof(struct ruleset, scopes);
	}
	if (abi >= 5)
		r.files |= FILES_IOCTL;
	if (abi >= 6) {
		r.scopes = SCOPES_ALL;
		*size = sizeof(r);
	}
	return r;
}

static int
restrict_files(const int *dirs, unsigned count, struct error *err)
{
	long abi =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset all;
	size_t size;
	int rules, rc = 0;

	if (abi < 1) {
		log_info(
		    "this kernel has no Landlock: the filter of system calls stands alone");
		return 0;
	}
	all = forbid_all(abi, &size);
	if ((rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0)) < 0)
		return error_set_errno(err, "making Landlock rules");
	for (unsigned i = 0; i < count && rc == 0; i++) {
		struct landlock_path_beneath_attr beneath = {FILES_KEPT & all.files, dirs[i]};

		rc = (int)syscall(
		    SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	}
	if (rc == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	if (rc != 0)
		error_set_errno(err, "loading Landlock rules");
	close(rules);
	return rc;
}

#if SANITIZED
/* LeakSanitizer looks from outside, with ptrace: not at a process that has entered. */
static int entered;

int __lsan_is_turned_off(void);
int
__lsan_is_turned_off(void)
{
	return entered;
}
#endif

int
sandbox_enter(enum sandbox_kind kind, const int *dirs, unsigned count, struct error *err)
{
#if SANITIZED
	entered = 1;
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set_errno(err, "no-new-privs");
	if ((kind == SANDBOX_KEEPER || kind == SANDBOX_GATE) && restrict_files(dirs, count, err) != 0)
		return -1;
	return load_filter(kind, err);
}
