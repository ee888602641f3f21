# relay: one non-recursive Makefile. `make help` lists the targets.
#
# Sources are listed by hand in the order a message meets them; one archive per
# folder, linked in layer order, so that an upward call fails at link time too.
# Objects go to build/<variant>/; variants: plain (default), asan, tsan.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VERSION := 0.1.0
VARIANT ?= $(if $(findstring thread,$(SAN)),tsan,$(if $(SAN),asan,plain))
B := build/$(VARIANT)
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla \
	-Wwrite-strings -Wcast-qual -Wimplicit-fallthrough
OPT ?= -O2 -g -fno-omit-frame-pointer
PKGS := libevent_core libssl libcrypto sqlite3 jansson libpcre2-8 libconfuse libidn2 libpsl
CFLAGS += -std=c11 -D_GNU_SOURCE -DRELAY_VERSION='"$(VERSION)"' $(OPT) $(WARN) -pthread \
	$(if $(filter 1,$(WERROR)),-Werror) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all) \
	-fstack-protector-strong $(if $(SAN),,-D_FORTIFY_SOURCE=2)
LDFLAGS += -pthread $(if $(SAN),-fsanitize=$(SAN)) -Wl,-z,relro,-z,now
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
# reports come packed and as XML; only relaycli reads them
EVIDENCE_LIBS := -Wl,--as-needed -lexpat -lz -Wl,--no-as-needed
PKG_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lresolv -lm

# ---- sources, in the order a message meets them -----------------------------
base_SRC := must err mem span buf arena map heap clock units id rand utf8 log
verdict_SRC := verdict verdict_rules verdict_file verdict_status verdict_parse verdict_template verdict_names verdict_sentence
api_SRC := api_error api_json api_delta api_text api_format api_names api_time api_term api_table api_client
evidence_SRC := evidence evidence_unpack evidence_report evidence_header
import_SRC := import import_shape import_judge import_csv import_json
command_SRC := command_flags command command_parse command_split command_params command_table command_help

loop_SRC := loop mailbox tls_certificate tls conn_address conn_transport conn_turn conn
smtp_SRC := smtp_line smtp_data smtp_address smtp_param smtp_command smtp_reply smtp_code
mail_SRC := mail_body mail_message mail_event mail_notice mail_suppression mail_network
pace_SRC := pace_retry pace_backoff pace_bucket pace_control pace_gate pace_rule pace_warmup
source_SRC := source_host source_check source_watch
migrate_SRC := migrate_split migrate_result migrate_plan
vault_SRC := master_key vault
dkim_SRC := dkim_key dkim_body dkim_canon dkim_select dkim
store_SRC := store store_request store_writing store_thread store_sqlite store_sqlite_accept store_sqlite_record store_sqlite_write \
	store_sqlite_intern store_sqlite_move store_sqlite_copy store_sqlite_text store_sqlite_address store_sqlite_tend store_sqlite_load store_sqlite_notice store_sqlite_suppress store_sqlite_pace store_sqlite_warmup store_reader store_sqlite_read \
	store_sqlite_search store_sqlite_sent store_sqlite_report store_report_count store_histogram store_coverage store_search_filter store_search_text store_needle store_text_block store_address_block store_sqlite_found store_near store_id_set \
	store_sqlite_migrate store_audit \
	store_spool store_intern store_day store_db store_sqlite_sql
resolve_SRC := resolve resolve_lookup resolve_build resolve_setup resolve_dns resolve_cache \
	resolve_zone resolve_question resolve_server resolve_packet resolve_set resolve_direct
policy_SRC := spf_parse spf_macro spf_ask spf_check tag_list dkim_record dmarc_record dmarc_suffix dmarc_walk tls_record
domain_SRC := domain_report domain_dns domain_judge domain_conclude domain_check domain_records domain_thread domain_watch
account_SRC := account_meter account_network account_certificate account_base64 account_secret account_snapshot account_rows_key account_rows account_gate account_scram account_records account_option account_credential account_key account_domain account_seal account
suppress_SRC := suppress_set suppress_blocked suppress
accept_SRC := accept_census accept_listener accept_session accept_commands accept_certificate accept_auth accept_envelope accept_quota accept_data accept_body accept_finish accept_report accept
parse_SRC := parse_header parse_from parse_word parse_describe parse_wish parse_rewrite
submit_SRC := submit
sign_SRC := sign
schedule_SRC := schedule_table schedule_reply schedule_credential schedule_message schedule_recipient schedule_queue schedule_site schedule_slot \
	schedule_source schedule_source_here schedule_off schedule_warmup schedule_warmup_act schedule_pick schedule_start schedule_trouble schedule_rule schedule_stop schedule_outcome schedule_notice \
	schedule_suppress schedule_record schedule_write schedule_saved schedule_throttle schedule_sweep schedule_survey \
	schedule_withdraw schedule_message_act schedule_label schedule_move schedule_grace schedule_mark \
	schedule_hold schedule_hold_list schedule_hold_rule schedule_hold_message schedule_wait schedule_why \
	schedule_migrate schedule_migrate_result schedule_migrate_evidence schedule_migrate_act \
	schedule_signed schedule_best schedule_ask schedule_act schedule_turn schedule
deliver_SRC := deliver deliver_session deliver_host deliver_walk deliver_greet deliver_peer deliver_transaction \
	deliver_envelope deliver_stream deliver_result deliver_memory deliver_trace
trace_SRC := trace_script trace trace_ring
record_SRC := record record_ruling record_pace
notify_SRC := notify notify_keep
notice_SRC := notice_write notice_compose notice_job notice
rotation_SRC := rotation_plan rotation
alert_SRC := alert_mail alert_ask alert_account alert_key alert_pool alert_migrate alert_stop alert_secret alert_outbox alert
tripwire_SRC := tripwire_baseline tripwire
control_SRC := control control_rank control_suppression_window control_socket control_session control_call control_methods control_params control_filter control_search \
	control_event control_status control_find control_find_facts control_message control_content control_trace control_message_act control_left control_match control_log control_ask control_queue control_queue_act control_queue_match \
	control_suppression control_suppression_put control_complaint control_throttle control_throttle_row control_source control_pool control_pool_progress control_pool_act control_credential control_credential_json control_credential_end control_credential_sent control_domain control_dkim control_domain_check \
	control_migrate \
	control_deferral_group control_deferral control_report control_audit_match control_audit control_doctor_host control_doctor control_config control_rates control_overview control_view \
	control_view_list control_view_queues
config_SRC := config_table config_table_source config_table_route config_table_domain config_value config_text config_check config_pool config_diff config_restart config
relayd_SRC := readiness listener worker winner dmarc_hold conditions materials pipeline_change pipeline main
relaycli_SRC := main cli_run cli_act cli_cell cli_fields cli_output cli_pager cli_confirm cli_status cli_find cli_content cli_trace cli_message cli_message_act cli_progress cli_log cli_export cli_log_export cli_queue cli_queue_act cli_grace \
	cli_suppression cli_suppression_import cli_throttle cli_pool cli_secret \
	cli_migrate_show cli_migrate cli_evidence \
	cli_credential cli_credential_ask cli_incident cli_domain cli_dkim cli_domain_check cli_deferral cli_explain cli_report_escape cli_report_words cli_report_svg cli_report_html cli_report cli_relayd cli_config cli_smtp_reply cli_smtp cli_doctor_host cli_doctor_resolver cli_doctor_port cli_doctor cli_password cli_credential_test cli_complete_live cli_complete cli_shell_history cli_shell_line cli_shell_slash cli_shell_tab cli_shell
relaytui_SRC := main tui_app tui_terminal tui_feed tui_model tui_data tui_log tui_change tui_action tui_input tui_line tui_prompt \
	tui_dialog tui_list tui_listing tui_listing_take tui_listing_draw tui_listing_cell tui_table tui_canvas tui_frame tui_event tui_queue_act tui_picture tui_throttle tui_throttle_act tui_throttle_pane tui_view_throttles tui_view_deferrals tui_palette tui_memory tui_child tui_view_output tui_export \
	tui_view_overview tui_view_queues tui_log_act tui_view_log tui_view_help
relaytui_SRC += tui_overview_pane
relaytui_SRC += tui_suppression_act tui_view_suppressions tui_pool_draw tui_pool_act tui_view_pools
relaytui_SRC += tui_domain tui_domain_draw tui_domain_act tui_view_domains
relaytui_SRC += tui_secret tui_credential tui_credential_draw tui_credential_edit tui_credential_act tui_view_credentials
relaytui_SRC += tui_message tui_timeline tui_explain tui_message_act tui_view_message
relaytui_SRC += tui_search tui_search_line tui_search_act tui_view_search

SHARED := base verdict api import evidence command
RELAYD := config loop smtp mail trace pace migrate vault dkim store resolve policy account domain suppress source accept parse submit sign schedule deliver record notify notice rotation alert tripwire control

src_of = $(addsuffix .c,$(addprefix $(if $(filter $(1),config),relayd,$(if $(filter $(1),$(SHARED)),shared/$(1),$(if $(filter $(1),$(RELAYD)),relayd/$(1),$(1))))/,$($(1)_SRC)))
obj_of = $(patsubst %.c,$(B)/obj/%.o,$(call src_of,$(1)))
lib_of = $(addprefix $(B)/lib/,$(addsuffix .a,$(1)))
ALL_FOLDERS := $(SHARED) $(RELAYD) relayd relaycli relaytui

# ---- programs ----------------------------------------------------------------
.PHONY: all
all: $(B)/relayd $(B)/relaycli $(B)/relaytui ## build the three programs into build/
	@ln -sfn $(VARIANT)/relayd build/relayd
	@ln -sfn $(VARIANT)/relaycli build/relaycli
	@ln -sfn $(VARIANT)/relaytui build/relaytui

# what a program links, later folders first (a static linker reads left to right)
RELAYD_LIBS := $(call lib_of,control tripwire alert rotation notice notify record deliver schedule sign submit parse accept source suppress domain account policy resolve store vault dkim migrate pace trace mail smtp loop config)
SHARED_LIBS := $(call lib_of,command import evidence api verdict base)

$(B)/relayd: $(call obj_of,relayd) $(RELAYD_LIBS) $(SHARED_LIBS)
	$(CC) $(LDFLAGS) -o $@ $(call obj_of,relayd) -Wl,--start-group $(RELAYD_LIBS) -Wl,--end-group $(SHARED_LIBS) $(PKG_LIBS)
$(B)/relaycli: $(call obj_of,relaycli) $(SHARED_LIBS)
	$(CC) $(LDFLAGS) -o $@ $(call obj_of,relaycli) $(SHARED_LIBS) $(PKG_LIBS) -lreadline $(EVIDENCE_LIBS)
$(B)/relaytui: $(call obj_of,relaytui) $(SHARED_LIBS)
	$(CC) $(LDFLAGS) -o $@ $(call obj_of,relaytui) $(SHARED_LIBS) $(PKG_LIBS) -lpanelw -lncursesw -ltinfo

define folder_rule
$(call lib_of,$(1)): $(call obj_of,$(1))
	@mkdir -p $$(@D); rm -f $$@
	@ar rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(SHARED) $(RELAYD),$(eval $(call folder_rule,$(f))))
# for tests: what the clients are made of, without their programs
$(call lib_of,relaycli): $(filter-out %/main.o,$(call obj_of,relaycli))
$(call lib_of,relaytui): $(filter-out %/main.o,$(call obj_of,relaytui))
$(call lib_of,relaycli relaytui):
	@mkdir -p $(@D); rm -f $@
	@ar rcsD $@ $(filter %.o,$^)

# the migrations travel inside relayd, as one header that store_db.c includes
SCHEMA_HOT := $(sort $(wildcard schema/sqlite/*.sql))
SCHEMA_DAY := $(sort $(wildcard schema/sqlite/day/*.sql))
$(B)/gen/store_schema.h: schema/embed.sh $(SCHEMA_HOT) $(SCHEMA_DAY)
	@mkdir -p $(@D)
	@{ sh schema/embed.sh store_hot_migration $(SCHEMA_HOT) && \
		sh schema/embed.sh store_day_migration $(SCHEMA_DAY); } >$@
$(B)/obj/relayd/store/store_db.o: $(B)/gen/store_schema.h

# what providers tolerate travels inside relayd too
$(B)/gen/config_shipped.h: schema/embed_text.sh relayd/providers.conf
	@mkdir -p $(@D)
	@sh schema/embed_text.sh config_shipped_text relayd/providers.conf >$@
$(B)/obj/relayd/config.o: $(B)/gen/config_shipped.h

# and the words replies are judged by, inside all programs
$(B)/gen/verdict_shipped.h: schema/embed_text.sh shared/verdict/verdict.rules
	@mkdir -p $(@D)
	@sh schema/embed_text.sh verdict_shipped_text shared/verdict/verdict.rules >$@
$(B)/obj/shared/verdict/verdict_rules.o: $(B)/gen/verdict_shipped.h

INCLUDES := -Ishared -Irelayd -I$(B)/gen
$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(INCLUDES) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

# ---- unit tests: tests/unit/<folder>/test_<stem>.c, linked with that layer ----
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
BELOW_base := base
BELOW_verdict := verdict base
BELOW_api := api verdict base
BELOW_import := import api verdict base
BELOW_command := command api verdict base
BELOW_relaytui := relaytui command api verdict base
BELOW_relaycli := relaycli command import evidence api verdict base
BELOW_config := config base
BELOW_loop := loop base
BELOW_smtp := smtp loop base
BELOW_mail := mail smtp loop base
BELOW_trace := trace base
BELOW_pace := pace mail smtp loop config verdict base
BELOW_evidence := evidence base
BELOW_migrate := migrate verdict base
BELOW_vault := vault base
BELOW_dkim := dkim mail smtp loop base
BELOW_store := store migrate dkim mail smtp loop verdict base
BELOW_resolve := resolve mail smtp loop config base
BELOW_suppress := suppress store resolve dkim mail smtp loop config verdict base
BELOW_source := source resolve mail smtp loop config verdict base
BELOW_policy := policy resolve dkim mail smtp loop config base
BELOW_domain := domain account policy store resolve vault dkim mail smtp loop config verdict base
BELOW_account := account store resolve vault dkim mail smtp loop config verdict base
# against doubles of resolve, deliver and store, which its tests bring along
BELOW_schedule := schedule record notify suppress account store vault dkim source migrate pace mail smtp loop config api verdict base
# a stage may use any later stage, so all stages link together
BELOW_STAGE := notify record deliver schedule sign submit parse accept source suppress domain account policy resolve store vault dkim migrate pace trace mail smtp loop config api verdict base
BELOW_notice := notice $(BELOW_STAGE)
BELOW_rotation := rotation $(BELOW_STAGE)
BELOW_alert := alert notice $(BELOW_STAGE)
BELOW_tripwire := tripwire alert notice $(BELOW_STAGE)
below = $(if $(BELOW_$(1)),$(BELOW_$(1)),control tripwire alert rotation notice $(BELOW_STAGE) command api verdict base)
$(foreach s,parse sign,$(eval BELOW_$(s) := $(s) account store resolve vault dkim mail smtp loop config verdict base))
BELOW_record := record pace mail smtp loop verdict base
# the spool is played by the test: no store
BELOW_deliver := deliver record pace resolve trace mail smtp loop config verdict base
$(foreach s,accept notify,$(eval BELOW_$(s) := $(BELOW_STAGE)))

define unit_rule
$(B)/unit/$(1): tests/unit/$(1).c $(call lib_of,$(call below,$(firstword $(subst /, ,$(1)))))
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(INCLUDES) $$(PKG_CFLAGS) -Irelaycli -Irelaytui -Itests -MMD -MP -MF $$@.d -o $$@ $$< $$(LDFLAGS) \
		-Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(PKG_LIBS) $(EVIDENCE_LIBS) -lcmocka
endef
$(foreach t,$(patsubst tests/unit/%.c,%,$(UNIT_SRC)),$(eval $(call unit_rule,$(t))))

.PHONY: unit
unit: $(UNIT_BIN) ## build and run the unit tests
	@tests/run_unit.sh $(UNIT_BIN) $(FUZZ_BIN)

# `make unit-store` builds and runs the tests of one folder only
unit-%:
	@$(MAKE) --no-print-directory $(filter $(B)/unit/$*/%,$(UNIT_BIN))
	@tests/run_unit.sh $(filter $(B)/unit/$*/%,$(UNIT_BIN))

# ---- what has to be installed ------------------------------------------------
.PHONY: deps deps-test
deps: ## install what building and the demo need (apt)
	@tests/install.sh build
deps-test: ## install what the tests need; mail servers are unpacked into build/test-servers
	@tests/install.sh test

# ---- simulated providers: receiving servers with personalities -----------------
PROVIDERS_OBJ := $(patsubst %,$(B)/obj/tests/providers/%.o,provider_script provider_save provider_session providers)
$(B)/providers: $(PROVIDERS_OBJ) $(call lib_of,smtp loop base)
	$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
.PHONY: providers
providers: $(B)/providers ## build the simulated receiving servers

# ---- the store: killed at every fault point, and measured ------------------------
CRASH_ROUNDS ?= 10
STORE_LIBS := $(call lib_of,store migrate mail smtp loop verdict base)
$(B)/crash_store: $(B)/obj/tests/crash/crash_store.o $(STORE_LIBS)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(STORE_LIBS) -Wl,--end-group $(PKG_LIBS)
$(B)/bench_store: $(B)/obj/tests/bench/bench_store.o $(STORE_LIBS)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(STORE_LIBS) -Wl,--end-group $(PKG_LIBS)
$(B)/bench_report: $(B)/obj/tests/bench/bench_report.o $(STORE_LIBS)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(STORE_LIBS) -Wl,--end-group $(PKG_LIBS)
$(B)/obj/tests/crash/crash_store.o $(B)/obj/tests/bench/bench_store.o $(B)/obj/tests/bench/bench_report.o: INCLUDES += -Itests
$(B)/bench_suppress: $(B)/obj/tests/bench/bench_suppress.o $(call lib_of,suppress mail base)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(call lib_of,suppress mail base) -Wl,--end-group $(PKG_LIBS)
.PHONY: bench-suppress
bench-suppress: $(B)/bench_suppress ## memory and look-ups of 5 million suppressions
	@$(B)/bench_suppress
.PHONY: crash bench-store bench-report
bench-report: $(B)/bench_report ## how long a report over a large log takes
	@$(B)/bench_report 300000
crash: $(B)/crash_store ## kill the store at each fault point and at random (CRASH_ROUNDS)
	@$(B)/crash_store $(CRASH_ROUNDS)
bench-store: $(B)/bench_store ## what a message costs the store alone
	@$(B)/bench_store 100000 100

# ---- the pace against providers with hidden limits, on a clock of its own ----------
$(B)/sim: $(B)/obj/tests/sim/sim.o $(call lib_of,pace base)
	$(CC) $(LDFLAGS) -o $@ $^ -lm
$(B)/obj/tests/sim/sim.o: INCLUDES += -Itests
.PHONY: sim
sim: $(B)/sim ## the adaptive pace simulated: capacity used, deferrals, time to drain
	@$(B)/sim

# ---- SPF beside Debian's pyspf, on records made from a seed ---------------------------
$(B)/spf_answer: $(B)/obj/tests/spf/spf_answer.o $(call lib_of,policy base)
	$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
SPF_CASES ?= 1000
SPF_SEED ?= 1
.PHONY: spf
spf: $(B)/spf_answer ## SPF evaluated by us and by pyspf (SPF_CASES=1000, SPF_SEED=1)
	@tests/spf/spf_differential.py $(B)/spf_answer $(SPF_CASES) $(SPF_SEED)

# ---- a domain's check alone, for the many zones of tests/flow/test_domain_zones.py --------
$(B)/domain_answer: $(B)/obj/tests/domain/domain_answer.o $(call lib_of,$(BELOW_domain))
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(PKG_LIBS)

# ---- flow tests: whole programs over real sockets and a real name server --------
FLOW_ENV := RELAY_VARIANT=$(VARIANT) RELAY_PATIENCE=$(if $(SAN),4,1)
.PHONY: flow flow-short
flow: $(B)/relayd $(B)/relaycli $(B)/providers $(B)/domain_answer ## behaviour over real sockets (PYTEST="-k words" for some)
	@$(FLOW_ENV) tests/run_pytest.sh flow tests/flow $(PYTEST)
flow-short: $(B)/relayd $(B)/relaycli $(B)/providers $(B)/domain_answer
	@$(FLOW_ENV) tests/run_pytest.sh flow -m 'not slow' tests/flow $(PYTEST)

# ---- the command line, its shell and the socket behind them ------------------------
.PHONY: cli
cli: $(B)/relayd $(B)/relaycli $(B)/providers $(B)/still_clock.so ## relaycli: words, forms, exit codes, the shell
	@$(FLOW_ENV) tests/run_pytest.sh cli --dist loadfile tests/cli $(PYTEST)

$(B)/still_clock.so: tests/cli/still_clock.c # no sanitizer: it is loaded before theirs
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(OPT) $(WARN) -fPIC -shared $< -o $@

# ---- the screens, drawn and in a real terminal ---------------------------------------
.PHONY: tui
tui: $(B)/relayd $(B)/relaycli $(B)/relaytui $(B)/providers ## relaytui: screens, keys, resizing, restarts
	@COUNT_FILE= $(MAKE) --no-print-directory unit-relaytui
	@# LeakSanitizer waits for ever when it stops a session leader whose terminal
	@# hung up; leaks of relaytui show in its unit tests
	@ASAN_OPTIONS=$$ASAN_OPTIONS:detect_leaks=0 $(FLOW_ENV) tests/run_pytest.sh tui tests/tui $(PYTEST)

# ---- measured against Postfix on this machine ------------------------------------
.PHONY: bench bench-quick bench-burst
bench: $(B)/relayd $(B)/relaycli $(B)/providers ## one table: relay and Debian's Postfix at the same work
	@tests/install.sh test
	@RELAY_VARIANT=$(VARIANT) tests/bench/bench.py $(BENCH)
bench-quick: $(B)/relayd $(B)/relaycli $(B)/providers ## the same with a tenth of the messages
	@RELAY_VARIANT=$(VARIANT) tests/bench/bench.py --quick $(BENCH)
bench-burst: $(B)/relayd $(B)/relaycli $(B)/providers ## 100,000 to a provider with a hidden limit, resets in between
	@tests/install.sh test
	@RELAY_VARIANT=$(VARIANT) tests/bench/burst.py $(BENCH)

.PHONY: bench-find
bench-find: $(B)/relayd $(B)/relaycli $(B)/providers ## "did they get it?" on a log of ten million (FIND="--recipients N")
	@tests/install.sh test
	@RELAY_VARIANT=$(VARIANT) tests/bench/find.py $(FIND)

.PHONY: bench-tui
bench-tui: $(B)/relaytui $(B)/relaycli ## relaytui's bytes and milliseconds, beside htop where that is installed
	@tests/install.sh test
	@RELAY_VARIANT=$(VARIANT) tests/bench/tui.py $(TUI)

.PHONY: bench-deferrals
bench-deferrals: $(B)/relayd $(B)/relaycli $(B)/providers ## what a screen of refusals costs with a million events in the hour (DEFERRALS="--events N")
	@tests/install.sh test
	@RELAY_VARIANT=$(VARIANT) tests/bench/deferrals.py $(DEFERRALS)

# ---- judgement against labelled replies, where there are any -------------------
RELAY_DATA ?=
$(B)/data_report: $(B)/obj/tests/data_report/data_report.o $(call lib_of,verdict base)
	$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
.PHONY: data-report
data-report: $(B)/data_report ## how often labelled replies are judged right (RELAY_DATA=FOLDER)
	@if [ -n "$(RELAY_DATA)" ]; then $(B)/data_report $(REPLY_VERBOSE) $(RELAY_DATA); \
		else echo "data-report: skipped: name the folder of labelled replies, RELAY_DATA=FOLDER"; fi

$(B)/bench_verdict: $(B)/obj/tests/bench/bench_verdict.o $(call lib_of,verdict base)
	$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
.PHONY: bench-verdict
bench-verdict: $(B)/bench_verdict ## how many replies one core judges in a second
	@$(B)/bench_verdict

# ---- fuzzing: tests/fuzz/fuzz_<stem>.c, corpus/<stem>/, dict/<stem>.dict --------
# Without libFuzzer a target replays its corpus, which the unit tests do.
FUZZ_SECONDS ?= 30
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
FUZZ_LIBS := $(B)/obj/relaycli/cli_smtp_reply.o $(call lib_of,evidence notice policy account vault dkim parse resolve trace mail smtp loop config import api verdict base)

$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c tests/fuzz/fuzz.h $(FUZZ_LIBS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(INCLUDES) $(PKG_CFLAGS) -Itests/fuzz -o $@ $< \
		$(if $(findstring fuzzer,$(SAN)),-fsanitize=fuzzer,tests/fuzz/replay.c) $(LDFLAGS) \
		-Wl,--start-group $(FUZZ_LIBS) -Wl,--end-group $(PKG_LIBS) $(EVIDENCE_LIBS)

.PHONY: fuzz fuzz-run fuzz-replay
fuzz: ## fuzz every parser for FUZZ_SECONDS each (clang)
	@$(MAKE) --no-print-directory CC=clang-14 VARIANT=fuzz SAN=address,undefined,fuzzer-no-link fuzz-run
fuzz-run: $(FUZZ_BIN)
	@for f in $(patsubst $(B)/fuzz/fuzz_%,%,$(FUZZ_BIN)); do \
		mkdir -p $(B)/corpus/$$f; \
		$(B)/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -timeout=5 -max_len=8192 \
			-print_final_stats=1 -artifact_prefix=$(B)/crash-$$f- -dict=tests/fuzz/dict/$$f.dict \
			$(B)/corpus/$$f tests/fuzz/corpus/$$f >$(B)/fuzz/$$f.log 2>&1 || \
			{ tail -n 60 $(B)/fuzz/$$f.log; exit 1; }; \
		sed -n "s/^stat::number_of_executed_units: */fuzz $$f: inputs tried: /p" $(B)/fuzz/$$f.log; done
fuzz-replay: $(FUZZ_BIN) ## replay the fuzz corpus
	@tests/run_unit.sh $(FUZZ_BIN)
unit: $(FUZZ_BIN)

# ---- house rules ----------------------------------------------------------------
HEADERS := $(wildcard shared/*/*.h relayd/*.h relayd/*/*.h relaycli/*.h relaytui/*.h)
.PHONY: headers
headers: ## every header compiles on its own
	@for h in $(HEADERS); do echo "#include \"$$h\"" | \
		$(CC) $(CFLAGS) $(INCLUDES) -Irelaycli -Irelaytui -I. $(PKG_CFLAGS) -fsyntax-only -x c - || exit 1; done

.PHONY: layers lint format
layers: ## no file includes upward
	@tests/lint/layers.py
lint: ## house rules a compiler does not know
	@tests/lint/lint.py
format: ## let clang-format lay out all C files
	clang-format -i $(wildcard shared/*/*.[ch] relayd/*.[ch] relayd/*/*.[ch] relaycli/*.[ch] relaytui/*.[ch] tests/*/*.[ch] tests/unit/*/*.[ch])

# ---- the two commands ---------------------------------------------------------------
.PHONY: demo check san
demo: ## install what is missing, build, run the relay with simulated providers and traffic
	@tests/install.sh build
	@$(MAKE) --no-print-directory -s -j2 all providers
	@demo/run.sh

check: ## install what is missing, build, pass all tests; ends with "N passed, N failed"
	@tests/check.sh

san: ## all tests under ASan and UBSan, then under TSan
	@tests/san.sh

# ---- installation ---------------------------------------------------------------------
PREFIX ?= /usr
SYSCONFDIR ?= /etc
UNITDIR ?= /lib/systemd/system
MAN := $(B)/man/relayd.8 $(B)/man/relayd.conf.5 $(B)/man/relaycli.1 $(B)/man/relaytui.1

$(B)/config_man: $(B)/obj/docs/config_man.o $(call lib_of,config base)
	$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
$(B)/man/relayd.conf.5: relayd/relayd.conf.5.in $(B)/config_man
	@mkdir -p $(@D)
	@$(B)/config_man >$(B)/config_options.man
	@sed -e '/^@OPTIONS@$$/{r $(B)/config_options.man' -e 'd}' -e 's/@VERSION@/$(VERSION)/' $< >$@
$(B)/man/relaycli.1: relaycli/relaycli.1.in $(B)/relaycli
	@mkdir -p $(@D)
	@$(B)/relaycli completion man >$(B)/relaycli_commands.man
	@sed -e '/^@COMMANDS@$$/{r $(B)/relaycli_commands.man' -e 'd}' -e 's/@VERSION@/$(VERSION)/' $< >$@
$(B)/man/%: relayd/%.in
	@mkdir -p $(@D)
	@sed 's/@VERSION@/$(VERSION)/' $< >$@
$(B)/man/relaytui.1: relaytui/relaytui.1.in $(B)/relaytui
	@mkdir -p $(@D)
	@$(B)/relaytui --print-keys >$(B)/relaytui_keys.man
	@sed -e '/^@KEYS@$$/{r $(B)/relaytui_keys.man' -e 'd}' -e 's/@VERSION@/$(VERSION)/' $< >$@

.PHONY: man install
man: $(MAN) ## build the manual pages
install: all man ## install into DESTDIR (PREFIX=/usr)
	install -D -m 755 $(B)/relayd $(DESTDIR)$(PREFIX)/sbin/relayd
	install -D -m 755 $(B)/relaycli $(DESTDIR)$(PREFIX)/bin/relaycli
	install -D -m 755 $(B)/relaytui $(DESTDIR)$(PREFIX)/bin/relaytui
	install -D -m 644 relayd/relayd.service $(DESTDIR)$(UNITDIR)/relayd.service
	install -D -m 644 relayd/providers.conf $(DESTDIR)$(PREFIX)/share/doc/relay/providers.conf
	install -D -m 644 shared/verdict/verdict.rules $(DESTDIR)$(PREFIX)/share/doc/relay/verdict.rules
	install -D -m 644 relayd/relayd.conf.example $(DESTDIR)$(PREFIX)/share/doc/relay/relayd.conf.example
	install -d $(DESTDIR)$(PREFIX)/share/doc/relay/schema
	install -m 644 docs/schema/*.json $(DESTDIR)$(PREFIX)/share/doc/relay/schema
	for page in $(MAN); do install -D -m 644 $$page \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; done
	$(B)/relaycli completion bash | install -D -m 644 /dev/stdin \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/relaycli
	$(B)/relaycli completion zsh | install -D -m 644 /dev/stdin \
		$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_relaycli
	$(B)/relaycli completion fish | install -D -m 644 /dev/stdin \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/relaycli.fish

.PHONY: clean
clean: ## remove what was built
	rm -rf build

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

-include $(shell find $(B) -name '*.d' 2>/dev/null)
