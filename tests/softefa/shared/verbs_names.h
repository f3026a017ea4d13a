/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_names - what a program can ask of a device, as the word `hang` names it.
 */
#ifndef SE_VERBS_NAMES_H
#define SE_VERBS_NAMES_H

#define SE_VERBS(X)     \
	X(open)         \
	X(query_device) \
	X(query_port)   \
	X(query_gid)    \
	X(query_qp)     \
	X(alloc_pd)     \
	X(create_cq)    \
	X(create_qp)    \
	X(create_ah)    \
	X(reg_mr)       \
	X(modify_qp)    \
	X(dealloc_pd)   \
	X(destroy_cq)   \
	X(destroy_qp)   \
	X(destroy_ah)   \
	X(dereg_mr)

#define SE_VERB_ENUM(name) SE_VERB_##name,
/* SE_VERB_ANY stands for every one, and for those without a name. */
enum se_verb { SE_VERB_ANY, SE_VERBS(SE_VERB_ENUM) SE_VERB_COUNT };
#undef SE_VERB_ENUM

/* The word of @verb, "" for SE_VERB_ANY. */
static inline const char *se_verb_name(enum se_verb verb)
{
#define SE_VERB_TEXT(name) [SE_VERB_##name] = #name,
	static const char *const names[SE_VERB_COUNT] = { [SE_VERB_ANY] = "",
							  SE_VERBS(SE_VERB_TEXT) };
#undef SE_VERB_TEXT
	return verb < SE_VERB_COUNT ? names[verb] : "";
}

#endif
