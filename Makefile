# The one door to building and checking. Whoever changes what these do changes what CI does.

CARGO ?= cargo
SEEDS ?= 2000

.PHONY: check fix setup test run bench bench-restoring bench-ring bench-connections bench-cells sim model release deny doc-options ring ring-down cluster cluster-down drill centre clients

# Read-only. Formats nothing, repairs nothing; says what is wrong.
check:
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) test --locked --lib
	$(CARGO) test --locked --test it -- tidy options
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --lib

# Repairs what can be repaired without thinking.
fix:
	$(CARGO) fmt
	$(CARGO) clippy --all-targets --fix --allow-dirty --allow-staged
	$(CARGO) fmt
	$(MAKE) doc-options

# What the tests need beside Rust, as far as it is missing: Debian packages, the jars of Cassandra.
setup:
	tests/setup

# Every test, and then every drill but the long ones, two at a time, with the program as it is released.
test: setup
	$(CARGO) test --locked
	$(MAKE) release
	AT_ONCE=2 cluster/drills/run

run:
	$(CARGO) run --locked --release

# What a message costs; benches/README.md says how to read it. Some four minutes after the build.
bench:
	$(CARGO) bench --locked --bench messages

# What it takes to restore a routing domain with 10,000 open interactions. A minute after the build.
bench-restoring:
	$(CARGO) bench --locked --bench restoring

# What a conversation costs on a ring of three Cassandra nodes, started for this. Some minutes
# after the build.
bench-ring:
	cluster/cassandra/up --nodes 3 --long-lived target/bench-ring
	$(CARGO) bench --locked --bench ring; status=$$?; \
		cluster/cassandra/down target/bench-ring; exit $$status

# Customers who hold connections or ask again and again: memory, polls, messages and their latency with up
# to 10,000 connected, all of them coming back at once. Some ten minutes after the build.
bench-connections:
	$(CARGO) bench --locked --bench connections

# The guide's load cells. Some twelve minutes after the build.
bench-cells:
	$(CARGO) bench --locked --bench connections -- cells

# Many more seeds of the simulations: make sim SEEDS=10000
sim:
	SEEDS=$(SEEDS) $(CARGO) test --locked --profile sim --test it sim

# The rules of ownership in larger worlds than the tests walk through: some minutes after the build.
model:
	MODEL=large $(CARGO) test --locked --profile sim --test it ownership_model -- \
		--nocapture --test-threads=1

# A real Cassandra of three nodes, on loopback addresses; cluster/cassandra/README.md says more.
ring:
	cluster/cassandra/up --nodes 3 --long-lived

ring-down:
	cluster/cassandra/down

# Three nodes of Holdfast, their Cassandra and a balancer, on loopback addresses; cluster/README.md.
cluster: release
	cluster/up

cluster-down:
	cluster/down

# Does to a cluster what it must bear, under load: make drill, make drill D=kill-node; cluster/README.md.
# MINUTES and SESSIONS make it longer, AT_ONCE=2 does two at the same time; D=acceptance and D=centre are the
# long ones.
drill: setup release
	cluster/drills/run $(D)

# A scripted contact centre on one node and on three, and the judge's verdict; docs/centre.md. Half an hour.
# CUSTOMERS, AGENTS, ARRIVALS and SEED change the day; ON=store or ON=nodes does one of the two.
centre: setup release
	cluster/drills/centre

# The reference clients of CometD against a node of their own, and against three nodes behind a balancer
# that are killed and drained meanwhile; whether each found what it expects. Some five minutes.
clients: setup release
	tests/clients/against-a-node
	tests/clients/against-a-cluster

# The program, knowing what it was built from.
release:
	HOLDFAST_REVISION="$$(git rev-parse --short HEAD)" HOLDFAST_RUSTC="$$(rustc --version)" \
		$(CARGO) build --locked --release

# Licences and banned crates. Needs cargo-deny.
deny:
	$(CARGO) deny --log-level error check licenses bans

# The option reference, made anew from the declarations.
doc-options:
	$(CARGO) run --quiet --locked -- config doc > docs/options.md.new
	mv docs/options.md.new docs/options.md
