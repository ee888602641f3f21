/* cli_fields.c - see cli_fields.h. */
#include "cli_fields.h"

#include "api/api_json.h"
#include "base/buf.h"
#include "base/mem.h"

void
cli_fields_refuse(struct cli *cli, struct span name, const char *names)
{
	cli->output_code = cli_fail_text(cli, API_ERROR_PARAMS,
					 "--fields: no field \"%.*s\"; there are %s",
					 (int)(name.n < 40 ? name.n : 40), name.p, names);
}

static void
refuse_of(struct cli *cli, struct span name, const json_t *object)
{
	json_t *all = (json_t *)(uintptr_t)object, *value;
	struct buf names;
	const char *key;

	buf_init(&names, 1024); /* more would not be read */
	json_object_foreach(all, key, value)
		(void)buf_printf(&names, "%s%s", names.len ? ", " : "", key);
	(void)buf_append(&names, "", 1);
	cli_fields_refuse(cli, name, buf_data(&names));
	buf_deinit(&names);
}

static json_t *
get(const json_t *object, struct span name)
{
	char *key = mem_strndup(name.p, name.n);
	json_t *value = json_object_get(object, key);

	mem_free(key);
	return value;
}

json_t *
cli_fields_keep_some(const struct cli *cli, const json_t *object)
{
	struct span rest = span_of(cli->fields);
	json_t *one = json_object();

	while (rest.n) {
		struct span name = span_trim(span_cut(rest, ',', &rest));
		json_t *value = get(object, name);
		char *key = mem_strndup(name.p, name.n);

		if (value)
			json_object_set(one, key, value);
		mem_free(key);
	}
	return one;
}

/* missing - the first wanted key that the object has not; n 0: it has all. */
static struct span
missing(const struct cli *cli, const json_t *object)
{
	struct span rest = span_of(cli->fields);

	while (rest.n) {
		struct span name = span_trim(span_cut(rest, ',', &rest));

		if (name.n && !get(object, name))
			return name;
	}
	return SPAN_EMPTY;
}

json_t *
cli_fields_keep(struct cli *cli, const json_t *object)
{
	struct span name = missing(cli, object);

	if (name.n == 0)
		return cli_fields_keep_some(cli, object);
	refuse_of(cli, name, object);
	return NULL;
}

bool
cli_fields_check(struct cli *cli, const json_t *items)
{
	json_t *all = json_object(), *item;
	struct span name;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)items, i, item)
		json_object_update(all, item);
	name = json_object_size(all) ? missing(cli, all) : SPAN_EMPTY;
	if (name.n)
		refuse_of(cli, name, all);
	json_decref(all);
	return name.n == 0;
}

static json_t *
keep_items(struct cli *cli, const json_t *result)
{
	json_t *items = json_object_get(result, "items"), *kept, *copy, *item;
	size_t i;

	if (!cli_fields_check(cli, items))
		return NULL;
	kept = json_array();
	json_array_foreach(items, i, item)
		json_array_append_new(kept, json_is_object(item) ? cli_fields_keep_some(cli, item) :
				      json_incref(item));
	copy = json_copy((json_t *)(uintptr_t)result);
	json_object_set_new(copy, "items", kept);
	return copy;
}

json_t *
cli_fields_keep_result(struct cli *cli, const json_t *result)
{
	json_t *all = (json_t *)(uintptr_t)result, *kept = NULL, *copy, *value;
	const char *key;

	if (json_is_array(json_object_get(result, "items")))
		return keep_items(cli, result);
	json_object_foreach(all, key, value)
		if (!kept && missing(cli, result).n && json_is_object(value) &&
		    missing(cli, value).n == 0)
			kept = cli_fields_keep_some(cli, value);
	if (!kept)
		kept = cli_fields_keep(cli, result);
	if (!kept)
		return NULL;
	copy = api_json_new(api_json_get_text(result, "schema"));
	json_object_update(copy, kept);
	json_decref(kept);
	return copy;
}
