/*
 * A record opens where it was written and nowhere else, and the sum over all records shows
 * when one is missing, changed or old.
 */
#include "tests/unit/known_vault.h"

#include "keys/record.h"

static struct record_place
place_of(const struct vault *v, uint8_t kind, const char *mount_hex, const char *dir,
    const char *name)
{
	struct record_place place = {
	    .kind = kind, .version = 2, .generation = 0x102030405060708};
	struct buf mount = bytes_of(mount_hex);

	memcpy(place.mount, mount.data, sizeof place.mount);
	record_id(v->k, kind, place.mount, str_of(dir), str_of(name), place.id);
	buf_free(&mount);
	return place;
}

static enum error_code
unwrap_code(
    const struct vault *v, const struct header *h, struct record_place place, struct str record)
{
	struct record_place before = place;
	struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;

	if (record_unwrap(v->k, h, &place, record, &out, &err) != 0) {
		assert_int_equal(out.len, 0);
		assert_memory_equal(&before, &place, sizeof place);
	}
	buf_free(&out);
	return err.code;
}

/* A record of this format, made by another implementation, is found, read and written. */
static void
test_known_bytes(void **state)
{
	struct buf bytes = bytes_of(KNOWN_RECORD), out = BUF_INIT;
	uint64_t version = 0, generation = 0;
	uint8_t sum[RECORD_SUM] = {0};
	struct record_place place;
	uint32_t term = 0;
	struct vault v;

	(void)state;
	open_known(&v);
	place = place_of(&v, 7, KNOWN_MOUNT, "billing/", "stripe");
	assert_bytes((struct str){(char *)place.id, RECORD_ID}, KNOWN_ID);
	assert_int_equal(record_peek(buf_str(&bytes), &term, &version, &generation), 0);
	assert_int_equal(term, 3);
	assert_int_equal(version, place.version);
	assert_int_equal(generation, place.generation);
	place.version = place.generation = 0;
	assert_int_equal(record_unwrap(v.k, &v.h, &place, buf_str(&bytes), &out, NULL), 0);
	assert_true(str_is(buf_str(&out), "sk_live_1"));
	assert_int_equal(place.version, version);
	assert_int_equal(place.generation, generation);
	buf_clear(&out);
	pin(KNOWN_NONCE);
	record_wrap(v.k, &v.h, &place, str_of("sk_live_1"), &out);
	unpin();
	assert_bytes(buf_str(&out), KNOWN_RECORD);
	record_sum_add(v.k, place.id, buf_str(&bytes), sum);
	assert_bytes((struct str){(char *)sum, RECORD_SUM}, KNOWN_WEIGHT);
	buf_free(&bytes), buf_free(&out);
	discard(&v);
}

static void
test_refuses_damage(void **state)
{
	struct buf bytes = bytes_of(KNOWN_RECORD);
	uint64_t version = 0, generation = 0;
	struct record_place place;
	uint32_t term = 0;
	struct vault v;

	(void)state;
	open_known(&v);
	place = place_of(&v, 7, KNOWN_MOUNT, "billing/", "stripe");
	for (size_t i = 0; i < bytes.len; i++) {
		struct str cut = {(char *)bytes.data, i};

		assert_int_equal(unwrap_code(&v, &v.h, place, cut), ERR_CORRUPT);
		assert_int_equal(record_peek(cut, &term, &version, &generation),
		    i < RECORD_OVERHEAD ? -1 : 0);
		bytes.data[i] ^= 0x80;
		assert_int_equal(unwrap_code(&v, &v.h, place, buf_str(&bytes)), ERR_CORRUPT);
		assert_int_equal(
		    record_peek(buf_str(&bytes), &term, &version, &generation), i < 4 ? -1 : 0);
		bytes.data[i] ^= 0x80;
	}
	assert_int_equal(unwrap_code(&v, &v.h, place, buf_str(&bytes)), ERR_NONE);
	buf_free(&bytes);
	discard(&v);
}

#define MOUNT_A "00112233445566778899aabbccddeeff"
#define MOUNT_B "00112233445566778899aabbccddeefe"

/*
 * Records of 3 headers (a vault, another vault, another Hublet; all with one keyring, so that
 * only the binding can refuse) x 2 kinds x 2 mounts x 4 names: each opens at its own place and
 * at none of the others.
 */
static void
test_records_do_not_move(void **state)
{
	enum { HEADERS = 3, PLACES = 16, ALL = HEADERS * PLACES };
	static const char *const names[4][2] = {
	    {"a/", "key"}, {"a/", "keY"}, {"b/", "key"}, {"", "key"}};
	struct record_place place[PLACES];
	struct header headers[HEADERS];
	struct buf record[ALL] = {BUF_INIT};
	struct vault v;

	(void)state;
	open_known(&v);
	for (unsigned i = 0; i < PLACES; i++)
		place[i] = place_of(&v, (uint8_t)(1 + i % 2), i / 2 % 2 ? MOUNT_A : MOUNT_B,
		    names[i / 4][0], names[i / 4][1]);
	for (unsigned i = 0; i < HEADERS; i++)
		headers[i] = v.h;
	headers[1].vault_id[7] ^= 0x10;
	headers[2].hublet[2] = '2';
	for (unsigned i = 0; i < ALL; i++)
		record_wrap(
		    v.k, &headers[i / PLACES], &place[i % PLACES], str_of("text"), &record[i]);
	for (unsigned i = 0; i < ALL; i++)
		for (unsigned j = 0; j < ALL; j++)
			assert_int_equal(unwrap_code(&v, &headers[j / PLACES],
					     place[j % PLACES], buf_str(&record[i])),
			    i == j ? ERR_NONE : ERR_CORRUPT);
	for (unsigned i = 0; i < ALL; i++)
		buf_free(&record[i]);
	discard(&v);
}

/* Each part of the place alone is bound, whatever the id says of the others. */
static void
test_each_part_is_bound(void **state)
{
	struct record_place place, moved;
	struct buf record = BUF_INIT;
	struct vault v;

	(void)state;
	open_known(&v);
	place = moved = place_of(&v, 7, MOUNT_A, "a/", "key");
	record_wrap(v.k, &v.h, &place, str_of("text"), &record);
	moved.kind++;
	assert_int_equal(unwrap_code(&v, &v.h, moved, buf_str(&record)), ERR_CORRUPT);
	for (unsigned i = 0; i < sizeof place.mount; i++) {
		moved = place;
		moved.mount[i] ^= 1;
		assert_int_equal(unwrap_code(&v, &v.h, moved, buf_str(&record)), ERR_CORRUPT);
	}
	for (unsigned i = 0; i < RECORD_ID; i++) {
		moved = place;
		moved.id[i] ^= 1;
		assert_int_equal(unwrap_code(&v, &v.h, moved, buf_str(&record)), ERR_CORRUPT);
	}
	buf_free(&record);
	discard(&v);
}

/* Versions, generations and terms: a head transplanted between any two records is refused. */
static void
test_heads_do_not_move(void **state)
{
	enum { N = 8 };
	struct buf record[N] = {BUF_INIT}, forged = BUF_INIT;
	struct record_place place;
	struct vault v;

	(void)state;
	open_known(&v);
	place = place_of(&v, 7, MOUNT_A, "a/", "key");
	for (unsigned i = 0; i < N; i++) {
		place.version = 1 + i % 2;
		place.generation = 10 + i / 2 % 2;
		if (i == N / 2)
			keyring_add_term(v.k, 0);
		record_wrap(v.k, &v.h, &place, str_of("text"), &record[i]);
	}
	for (unsigned i = 0; i < N; i++)
		for (unsigned j = 0; j < N; j++) {
			buf_clear(&forged);
			buf_put(&forged, record[j].data, RECORD_HEAD);
			buf_put(
			    &forged, record[i].data + RECORD_HEAD, record[i].len - RECORD_HEAD);
			assert_int_equal(unwrap_code(&v, &v.h, place, buf_str(&forged)),
			    i == j ? ERR_NONE : ERR_CORRUPT);
		}
	for (unsigned i = 0; i < N; i++)
		buf_free(&record[i]);
	buf_free(&forged);
	discard(&v);
}

static void
test_other_keyrings(void **state)
{
	struct buf record = BUF_INIT;
	struct record_place place;
	struct vault v, other;

	(void)state;
	open_known(&v);
	place = place_of(&v, 7, MOUNT_A, "a/", "key");
	record_wrap(v.k, &v.h, &place, str_of("text"), &record);
	other = (struct vault){v.h, keyring_new()};
	assert_int_equal(unwrap_code(&other, &v.h, place, buf_str(&record)), ERR_CORRUPT);
	while (keyring_newest(other.k) < 3)
		keyring_add_term(other.k, 0);
	assert_int_equal(unwrap_code(&other, &v.h, place, buf_str(&record)), ERR_CORRUPT);
	keyring_free(&other.k);
	keyring_add_term(v.k, 0);
	assert_int_equal(unwrap_code(&v, &v.h, place, buf_str(&record)), ERR_NONE);
	assert_int_equal(keyring_retire_term(v.k, 3, NULL), 0);
	assert_int_equal(unwrap_code(&v, &v.h, place, buf_str(&record)), ERR_NOT_FOUND);
	record.data[7] = 0;
	assert_int_equal(unwrap_code(&v, &v.h, place, buf_str(&record)), ERR_CORRUPT);
	record.data[7] = 5;
	assert_int_equal(unwrap_code(&v, &v.h, place, buf_str(&record)), ERR_CORRUPT);
	buf_free(&record);
	discard(&v);
}

static void
test_sizes(void **state)
{
	static const size_t sizes[] = {0, 1, 255, 65536, 1 << 20};
	struct buf text = BUF_INIT, record = BUF_INIT, out = BUF_INIT;
	struct record_place place;
	struct vault v;

	(void)state;
	open_known(&v);
	place = place_of(&v, 7, MOUNT_A, "a/", "key");
	random_bytes(buf_reserve(&text, 1 << 20), 1 << 20);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		text.len = sizes[i];
		buf_clear(&record), buf_clear(&out);
		record_wrap(v.k, &v.h, &place, buf_str(&text), &record);
		assert_int_equal(record.len, text.len + RECORD_OVERHEAD);
		assert_int_equal(
		    record_unwrap(v.k, &v.h, &place, buf_str(&record), &out, NULL), 0);
		assert_true(str_equal(buf_str(&out), buf_str(&text)));
	}
	buf_free(&text), buf_free(&record), buf_free(&out);
	discard(&v);
}

/* Every record of a directory shares the first half of its id, and no other record does. */
static void
test_ids(void **state)
{
	static const struct {
		uint8_t kind;
		const char *mount, *dir, *name;
		bool same_dir;
	} cases[] = {{7, MOUNT_A, "a/", "key", true}, {7, MOUNT_A, "a/", "ke", true},
	    {7, MOUNT_A, "a/", "", true}, {7, MOUNT_A, "a/k", "ey", false},
	    {7, MOUNT_A, "", "a/key", false}, {7, MOUNT_A, "a/key", "", false},
	    {7, MOUNT_A, "a/a/", "key", false}, {7, MOUNT_B, "a/", "key", false},
	    {8, MOUNT_A, "a/", "key", false}};
	enum { N = sizeof cases / sizeof *cases };
	struct record_place place[N];
	struct vault v;

	(void)state;
	open_known(&v);
	for (unsigned i = 0; i < N; i++) {
		place[i] =
		    place_of(&v, cases[i].kind, cases[i].mount, cases[i].dir, cases[i].name);
		assert_int_equal(
		    memcmp(place[0].id, place[i].id, RECORD_ID / 2) == 0, cases[i].same_dir);
		for (unsigned j = 0; j < i; j++)
			assert_memory_not_equal(place[i].id + RECORD_ID / 2,
			    place[j].id + RECORD_ID / 2, RECORD_ID / 2);
	}
	keyring_free(&v.k);
	v.k = keyring_new();
	place[1] = place_of(&v, 7, MOUNT_A, "a/", "key");
	assert_memory_not_equal(place[0].id, place[1].id, RECORD_ID / 2);
	discard(&v);
}

static void
test_sum(void **state)
{
	enum { N = 40 };
	struct buf record[N] = {BUF_INIT}, old = BUF_INIT;
	uint8_t sum[RECORD_SUM] = {0}, back[RECORD_SUM] = {0};
	struct record_place place[N];
	struct vault v;

	(void)state;
	open_known(&v);
	for (unsigned i = 0; i < N; i++) {
		char name[8];

		snprintf(name, sizeof name, "%u", i);
		place[i] = place_of(&v, 7, MOUNT_A, "a/", name);
		record_wrap(v.k, &v.h, &place[i], str_of("text"), &record[i]);
		record_sum_add(v.k, place[i].id, buf_str(&record[i]), sum);
	}
	for (unsigned i = N; i-- > 0;)
		record_sum_add(v.k, place[i].id, buf_str(&record[i]), back);
	assert_memory_equal(sum, back, RECORD_SUM);

	/* An older text of one record, put back, shows. */
	place[5].generation--;
	record_wrap(v.k, &v.h, &place[5], str_of("text"), &old);
	record_sum_take(v.k, place[5].id, buf_str(&record[5]), back);
	record_sum_add(v.k, place[5].id, buf_str(&old), back);
	assert_memory_not_equal(sum, back, RECORD_SUM);
	record_sum_take(v.k, place[5].id, buf_str(&old), back);
	assert_memory_not_equal(sum, back, RECORD_SUM);
	record_sum_add(v.k, place[5].id, buf_str(&record[5]), back);
	assert_memory_equal(sum, back, RECORD_SUM);

	/* Two records that changed places show. */
	record_sum_take(v.k, place[1].id, buf_str(&record[1]), back);
	record_sum_take(v.k, place[2].id, buf_str(&record[2]), back);
	record_sum_add(v.k, place[1].id, buf_str(&record[2]), back);
	record_sum_add(v.k, place[2].id, buf_str(&record[1]), back);
	assert_memory_not_equal(sum, back, RECORD_SUM);

	for (unsigned i = 0; i < N; i++)
		record_sum_take(v.k, place[i].id, buf_str(&record[i]), sum);
	assert_int_equal(sum[0], 0);
	assert_memory_equal(sum, sum + 1, RECORD_SUM - 1);
	for (unsigned i = 0; i < N; i++)
		buf_free(&record[i]);
	buf_free(&old);
	discard(&v);
}

/* Carry and borrow run through all 256 bits, and off the end. */
static void
test_sum_wraps(void **state)
{
	struct buf bytes = bytes_of(KNOWN_RECORD), weight = bytes_of(KNOWN_WEIGHT);
	uint8_t sum[RECORD_SUM] = {0}, one_less[RECORD_SUM];
	struct record_place place;
	struct vault v;

	(void)state;
	open_known(&v);
	place = place_of(&v, 7, KNOWN_MOUNT, "billing/", "stripe");
	record_sum_take(v.k, place.id, buf_str(&bytes), sum);
	for (unsigned i = 0; i < RECORD_SUM; i++) /* -w = ~w + 1 */
		one_less[i] = (uint8_t)~weight.data[i];
	assert_int_equal(sum[0], (uint8_t)(one_less[0] + 1));
	assert_memory_equal(sum + 1, one_less + 1, RECORD_SUM - 1);
	record_sum_add(v.k, place.id, buf_str(&bytes), one_less);
	for (unsigned i = 0; i < RECORD_SUM; i++)
		assert_int_equal(one_less[i], 0xff);
	record_sum_add(v.k, place.id, buf_str(&bytes), sum);
	assert_int_equal(sum[0], 0);
	assert_memory_equal(sum, sum + 1, RECORD_SUM - 1);
	memset(sum, 0xff, sizeof sum);
	record_sum_add(v.k, place.id, buf_str(&bytes), sum);
	assert_int_equal(sum[0], (uint8_t)(weight.data[0] - 1));
	assert_memory_equal(sum + 1, weight.data + 1, RECORD_SUM - 1);
	buf_free(&bytes), buf_free(&weight);
	discard(&v);
}

/* Bytes that are no record count too, so that damage cannot hide. */
static void
test_sum_of_damage(void **state)
{
	struct buf bytes = bytes_of(KNOWN_RECORD);
	uint8_t sum[RECORD_SUM] = {0}, cut[RECORD_SUM] = {0};
	struct record_place place;
	struct vault v;

	(void)state;
	open_known(&v);
	place = place_of(&v, 7, KNOWN_MOUNT, "billing/", "stripe");
	record_sum_add(v.k, place.id, buf_str(&bytes), sum);
	for (size_t len = 0; len < bytes.len; len++) {
		memset(cut, 0, sizeof cut);
		record_sum_add(v.k, place.id, (struct str){(char *)bytes.data, len}, cut);
		assert_memory_not_equal(sum, cut, RECORD_SUM);
	}
	buf_free(&bytes);
	discard(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_bytes),
	    cmocka_unit_test(test_refuses_damage),
	    cmocka_unit_test(test_records_do_not_move),
	    cmocka_unit_test(test_each_part_is_bound),
	    cmocka_unit_test(test_heads_do_not_move),
	    cmocka_unit_test(test_other_keyrings),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_sum),
	    cmocka_unit_test(test_sum_wraps),
	    cmocka_unit_test(test_sum_of_damage),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
