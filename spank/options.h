/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options - what the user and the site ask of the plugin, in words.
 *
 * The same words are options of srun, sbatch and salloc (--efa-verify=burst)
 * and arguments in plugstack.conf (verify=burst), where they are the site's
 * defaults. Knows nothing of Slurm.
 */
#ifndef EG_SPANK_OPTIONS_H
#define EG_SPANK_OPTIONS_H

#include <limits.h>
#include <stdbool.h>

struct eg_err;

#define EG_STEP_TIMEOUT_DEFAULT_MS 6000 /* meet, two rounds, verdict */
#define EG_STEP_TIMEOUT_MIN_MS 1000
#define EG_STEP_TIMEOUT_MAX_MS 30000 /* scancel waits as long */

enum eg_option { EG_OPTION_VERIFY, EG_OPTION_ON_FAILURE, EG_OPTION_HUGE_PAGE, EG_OPTION_COUNT };

/* The places of the words in their option's list. */
enum eg_verify { EG_VERIFY_OFF, EG_VERIFY_CHECK, EG_VERIFY_BURST };
enum eg_on_failure { EG_ON_FAILURE_STOP, EG_ON_FAILURE_WARN };
enum eg_huge_page { EG_HUGE_PAGE_AUTO, EG_HUGE_PAGE_0, EG_HUGE_PAGE_AS_IT_IS };

struct eg_option_def {
	const char *name; /* on the command line, without the dashes */
	const char *argument; /* in plugstack.conf */
	const char *words[4]; /* NULL-terminated */
	const char *list; /* the words for a message */
	const char *hint; /* behind the name in --help */
	const char *usage;
	int without; /* the word that the bare option stands for, -1 when it needs one */
};

struct eg_options {
	int choice[EG_OPTION_COUNT]; /* place in words */
	bool given[EG_OPTION_COUNT]; /* by the user or the site */
	char helper[PATH_MAX];
	int timeout_ms;
};

const struct eg_option_def *eg_option_def(enum eg_option option);

/* The defaults. */
void eg_options_init(struct eg_options *options);

/*
 * Choose @word for @option; NULL or "" is the bare option. Doing it twice is
 * harmless. Returns 0, or -EINVAL with the option, the word and the allowed
 * words in @err and @options untouched.
 */
int eg_options_choose(struct eg_options *options, enum eg_option option, const char *word,
		      struct eg_err *err);

/* Take one argument of plugstack.conf: 0, or -EINVAL with @options untouched. */
int eg_options_argument(struct eg_options *options, const char *argument, struct eg_err *err);

/* The word in force; huge_page is auto for a step that is verified, unless said otherwise. */
const char *eg_options_word(const struct eg_options *options, enum eg_option option);

/* The same as a place in words. */
int eg_options_choice(const struct eg_options *options, enum eg_option option);

#endif
