/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options - what the user and the site ask of the plugin, in words.
 *
 * The same words are options of srun, sbatch and salloc (--efa-verify=burst),
 * values of the user's environment (EFAGATE_VERIFY=burst) and arguments in
 * plugstack.conf (verify=burst, verify@PARTITION=burst), where they are the
 * site's defaults; the site may also hold an option at its word or forbid
 * words. In rising order: built in, site, partition, environment, option.
 * Knows nothing of Slurm.
 */
#ifndef EG_SPANK_OPTIONS_H
#define EG_SPANK_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct eg_err;

#define EG_STEP_TIMEOUT_DEFAULT_MS 6000 /* meet, two rounds, verdict */
#define EG_STEP_TIMEOUT_MIN_MS 1000
#define EG_STEP_TIMEOUT_MAX_MS 30000 /* scancel waits as long */
#define EG_WORDS_MAX 5 /* of an option, and the NULL behind them */
#define EG_PARTITION_WORDS_MAX 32 /* in one plugstack.conf */
#define EG_PARTITION_NAME_MAX 64

enum eg_option {
	EG_OPTION_VERIFY,
	EG_OPTION_ON_FAILURE,
	EG_OPTION_HUGE_PAGE,
	EG_OPTION_STATS,
	EG_OPTION_COUNT
};

/* The places of the words in their option's list. */
enum eg_verify { EG_VERIFY_OFF, EG_VERIFY_CHECK, EG_VERIFY_BURST, EG_VERIFY_FULL };
enum eg_on_failure { EG_ON_FAILURE_STOP, EG_ON_FAILURE_WARN };
enum eg_huge_page { EG_HUGE_PAGE_AUTO, EG_HUGE_PAGE_0, EG_HUGE_PAGE_AS_IT_IS };
enum eg_stats_word { EG_STATS_OFF, EG_STATS_ON };

struct eg_option_def {
	const char *name; /* on the command line, without the dashes */
	const char *argument; /* in plugstack.conf */
	const char *variable; /* in the user's environment */
	const char *words[EG_WORDS_MAX]; /* NULL-terminated */
	const char *list; /* the words for a message */
	const char *hint; /* behind the name in --help */
	const char *usage;
	int without; /* the word that the bare option stands for, -1 when it needs one */
};

/* The site's word for one partition. */
struct eg_partition_word {
	char partition[EG_PARTITION_NAME_MAX];
	enum eg_option option;
	int word;
};

struct eg_options {
	int user[EG_OPTION_COUNT]; /* place in words, when given */
	bool given[EG_OPTION_COUNT]; /* by the user */
	int site[EG_OPTION_COUNT]; /* the site's word, or the built-in one */
	bool said[EG_OPTION_COUNT]; /* by the site */
	bool forced[EG_OPTION_COUNT]; /* the user's word does not count */
	unsigned int forbidden[EG_OPTION_COUNT]; /* a bit for each word the user may not choose */
	struct eg_partition_word partition_words[EG_PARTITION_WORDS_MAX];
	size_t partition_count;
	char partition[EG_PARTITION_NAME_MAX]; /* the job's, "" where it is not known */
	char helper[PATH_MAX];
	bool auth_key; /* the site has a session key instead of munge */
	int timeout_ms;
};

const struct eg_option_def *eg_option_def(enum eg_option option);

/* The defaults. */
void eg_options_init(struct eg_options *options);

/*
 * The user chooses @word for @option; NULL or "" is the bare option. Doing it
 * twice is harmless. Returns 0, or -EINVAL with the option, the word and the
 * allowed words in @err and @options untouched.
 */
int eg_options_choose(struct eg_options *options, enum eg_option option, const char *word,
		      struct eg_err *err);

/* May the user's environment say @word? As eg_options_choose(), but changes nothing. */
int eg_options_variable(const struct eg_options *options, enum eg_option option, const char *word,
			struct eg_err *err);

/* Take one argument of plugstack.conf: 0, or -EINVAL with @options untouched. */
int eg_options_argument(struct eg_options *options, const char *argument, struct eg_err *err);

/* From now on the words of this partition count; a name too long is none. */
void eg_options_set_partition(struct eg_options *options, const char *partition);

/* Has the site put its own word in the place of another one of the user's? */
bool eg_options_overruled(const struct eg_options *options, enum eg_option option);

/* Has the user or the site said anything about @option? */
bool eg_options_said(const struct eg_options *options, enum eg_option option);

/* The word in force; huge_page is auto for a step that is verified, unless said otherwise. */
const char *eg_options_word(const struct eg_options *options, enum eg_option option);

/* The same as a place in words. */
int eg_options_choice(const struct eg_options *options, enum eg_option option);

#endif
