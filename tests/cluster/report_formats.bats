#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate report --format prometheus and html: rules of both, hostile text, size.
# What a browser makes of the page: tests/browser.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export O=${O:-$PWD/build}
	export reports=$BATS_FILE_TMPDIR/reports
	mkdir "$reports"
	tests/cluster/make_reports "$reports" 4 8
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
}

# hostile TEXT: a report with TEXT wherever a file may bring text.
hostile() {
	mkdir -p "$BATS_TEST_TMPDIR/hostile"
	jq --arg text "$1" '.node = $text | .instance.type = $text | .devices[0].name = $text |
		.devices[0].burst.peer = $text | .devices[0].burst.error = $text |
		.findings[0].text = $text' \
		"$reports/n2-1.json" >"$BATS_TEST_TMPDIR/hostile/a.json"
}

@test "the metrics keep the rules of Prometheus" {
	"$O/efagate" report --format prometheus "$reports" >"$BATS_TEST_TMPDIR/out" || [ "$?" = 2 ]
	run tests/cluster/check_metrics <"$BATS_TEST_TMPDIR/out"
	echo "$output"
	[ "$status" = 0 ]
}

@test "the checker of that notices what breaks them" {
	local text
	for text in 'a 1' '# HELP a b
# TYPE a counter
a 1' '# HELP a_total b
# TYPE a_total gauge
a_total 1' '# HELP a b
# TYPE a gauge
a{x="1"} 1
a{x="1"} 2' '# HELP a b
# TYPE a gauge
a{x="q"q"} 1' '# HELP a_ms b
# TYPE a_ms gauge
a_ms 1' ''; do
		run tests/cluster/check_metrics <<<"$text"
		echo "$output"
		[ "$status" = 1 ]
	done
}

@test "a survey among the reports is read node by node" {
	cp tests/fuzz/corpora/report/survey "$BATS_TEST_TMPDIR/survey.json"
	run --separate-stderr "$O/efagate" report "$BATS_TEST_TMPDIR"
	echo "$output"
	[ "$status" = 2 ]
	[ "$stderr" = "" ]
	[ "$(sed 's/  */ /g' <<<"$output")" = "NODE TIME TRIGGER VERDICT EFA FINDING
- 2025-11-24T16:00:00Z survey fail 0 EG401: none reaches
n1 2025-11-24T16:00:00Z survey fail 4 EG403: unreachable
n2 2025-11-24T16:00:00Z survey unknown 0 EG408: took no part in the survey: absent" ]
	run --separate-stderr "$O/efagate" report --json --node n1 "$BATS_TEST_TMPDIR"
	[ "$status" = 2 ]
	[ "$(jq -r '.[].findings[].id' <<<"$output")" = EG403 ]
	tests/validate-report - <<<"$output"
	echo '{"schema": "efagate.survey/1"}' >"$BATS_TEST_TMPDIR/survey.json"
	run --separate-stderr "$O/efagate" report "$BATS_TEST_TMPDIR"
	[ "$status" = 3 ]
	[ "$stderr" = "efagate report: '$BATS_TEST_TMPDIR/survey.json': report: time: is missing" ]
}

@test "metrics say what the newest report of each node found" {
	run --separate-stderr "$O/efagate" report --format prometheus "$reports"
	[ "$status" = 2 ]
	echo "$output" | grep -v _total
	grep -qx 'efagate_verdict{node="n1",verdict="warn"} 1' <<<"$output"
	grep -qx 'efagate_verdict{node="n2",verdict="fail"} 1' <<<"$output"
	grep -qx 'efagate_verdict{node="n4",verdict="pass"} 1' <<<"$output"
	[ "$(grep -c '^efagate_verdict{.* 1$' <<<"$output")" = 4 ]
	grep -qx 'efagate_findings{node="n3",id="EG102",outcome="fail"} 1' <<<"$output"
	grep -qx 'efagate_devices{node="n3",instance_type="p5.48xlarge"} 7' <<<"$output"
	grep -qx 'efagate_devices_expected{node="n3"} 8' <<<"$output"
	grep -qx 'efagate_report_timestamp_seconds{node="n1"} 1795446000' <<<"$output"
	# 40 Gb/s, 5 GB/s; 76.5 microseconds.
	grep -qx 'efagate_device_burst_bytes_per_second{node="n1",device="0000:11:1b.0",mode="alone"} 5000000000' <<<"$output"
	grep -qx 'efagate_device_burst_latency_seconds{node="n1",device="0000:11:1b.0",percentile="50"} 7.65e-05' <<<"$output"
	grep -qx 'efagate_device_burst_failed_tries{node="n2",device="0000:10:1b.0"} 5' <<<"$output"
	grep -qx 'efagate_huge_page_size_bytes{node="n1"} 2097152' <<<"$output"
	# Larger than a double holds exactly: counters are whole numbers.
	grep -qx 'efagate_device_rx_bytes_total{node="n1",device="0000:10:1b.0"} 12345678901234' <<<"$output"
	grep -qx "# HELP efagate_device_retrans_pkts_total The device's counter retrans_pkts: packets the card sent again; some are normal under congestion." <<<"$output"
}

# survey TIME: n2 failed and n3 was not met, n9 is known of it alone; with four devices of 8 Gb/s.
survey() {
	jq -n --argjson time "$1" '{schema: "efagate.survey/1", time: $time, job_id: 7, step_id: 0,
		outcome: "fail", line: "", rounds: 3,
		findings: [{id: "EG409", outcome: "fail", blame: "cluster", text: "an island"}],
		nodes: [
			{node: "n2", state: "ready", outcome: "fail", devices: 8, alone_gbps: 8,
				findings: [{id: "EG402", outcome: "fail", blame: "node", text: "no device works"}]},
			{node: "n3", state: "absent", outcome: "unknown", devices: 0, findings: []},
			{node: "n9", state: "ready", outcome: "pass", devices: 4, alone_gbps: 8,
				instance_type: "p4d.24xlarge", slowest: "rdmap16s27", slowest_gbps: 7.5,
				findings: []},
			{node: "n10", state: "lost", outcome: "unknown", devices: 4, findings: []}]}'
}

@test "a survey that is newer says what was found, the report what the node has" {
	cp -r "$reports" "$BATS_TEST_TMPDIR/with"
	survey 1795500000 >"$BATS_TEST_TMPDIR/with/survey.json"
	run --separate-stderr "$O/efagate" report --format prometheus "$BATS_TEST_TMPDIR/with"
	[ "$status" = 2 ]
	# shellcheck disable=SC2154
	[ "$stderr" = "" ]
	grep -v _total <<<"$output"
	tests/cluster/check_metrics <<<"$output"
	grep -qx 'efagate_verdict{node="n1",verdict="warn"} 1' <<<"$output"
	grep -qx 'efagate_report_timestamp_seconds{node="n2"} 1795500000' <<<"$output"
	[ "$(grep '^efagate_findings{node="n2"' <<<"$output")" = 'efagate_findings{node="n2",id="EG402",outcome="fail"} 1' ]
	grep -qx 'efagate_huge_page_size_bytes{node="n2"} 2097152' <<<"$output"
	# It was not met: that says less than what its own report says.
	grep -qx 'efagate_findings{node="n3",id="EG102",outcome="fail"} 1' <<<"$output"
	grep -qx 'efagate_verdict{node="n9",verdict="pass"} 1' <<<"$output"
	grep -qx 'efagate_devices{node="n9",instance_type="p4d.24xlarge"} 4' <<<"$output"
	grep -qx 'efagate_node_burst_bytes_per_second{node="n9"} 1000000000' <<<"$output"
	! grep -q 'efagate_device_[a-z_]*{node="n9"' <<<"$output"
	grep -qx 'efagate_findings{node="n10",id="EG408",outcome="unknown"} 1' <<<"$output"
	! grep -q 'efagate_devices{node="n10"' <<<"$output"
	grep -qx 'efagate_survey_timestamp_seconds 1795500000' <<<"$output"
	grep -qx 'efagate_cluster_findings{id="EG409",outcome="fail"} 1' <<<"$output"

	run --separate-stderr "$O/efagate" report --format html "$BATS_TEST_TMPDIR/with"
	[ "$status" = 2 ]
	grep -q '^<p class=dim>8 reports and 1 survey, ' <<<"$output"
	grep -qF '<p><span class="v fail">EG409</span> an island <span class=dim>(survey, 2026-11-24T06:00:00Z)</span></p>' <<<"$output"
	grep -qF '<tr><th scope=row>n2</th><td class="v fail" data-v=3>fail</td><td class=t><b>EG402</b> no device works</td><td>p5.48xlarge</td><td class=n data-v=8>8/8</td><td class=n data-v="8">8.0</td><td>survey</td><td>2026-11-24T06:00:00Z</td></tr>' <<<"$output"
	grep -qF '<tr><th scope=row>n9</th><td class="v pass" data-v=0>pass</td><td class=t></td><td>p4d.24xlarge</td><td class=n data-v=4>4</td>' <<<"$output"
	grep -qF 'aria-label="2 reports; 2026-11-23T15:00:00Z fail EG102"' <<<"$output" ||
		grep -qF 'aria-label="3 reports; 2026-11-23T15:00:00Z fail EG102; 2026-11-24T06:00:00Z unknown EG408"' <<<"$output"
}

@test "the nodes with findings now: a survey that waited in vain says nothing new" {
	mkdir "$BATS_TEST_TMPDIR/kept"
	cp "$reports/n3-1.json" "$BATS_TEST_TMPDIR/kept"
	survey 1795500000 >"$BATS_TEST_TMPDIR/kept/survey.json"
	echo "report_dir = $BATS_TEST_TMPDIR/kept" >"$BATS_TEST_TMPDIR/efagate.conf"
	run --separate-stderr "$O/efagate" report --config "$BATS_TEST_TMPDIR/efagate.conf"
	echo "$output"
	[ "$status" = 2 ]
	[ "$(awk '{ print $1, $2, $4 }' <<<"$output")" = "NODE SINCE IDS
n2 2026-11-24T06:00:00Z EG402
n3 2026-11-23T15:00:00Z EG102
n10 2026-11-24T06:00:00Z EG408
3 of nodes" ]
}

@test "a survey that is older than the reports changes nothing of their nodes" {
	cp -r "$reports" "$BATS_TEST_TMPDIR/with"
	survey 1700000000 >"$BATS_TEST_TMPDIR/with/survey.json"
	"$O/efagate" report --format prometheus "$reports" >"$BATS_TEST_TMPDIR/out" || [ "$?" = 2 ]
	"$O/efagate" report --format prometheus "$BATS_TEST_TMPDIR/with" >"$BATS_TEST_TMPDIR/with.out" || [ "$?" = 2 ]
	diff <(grep 'node="n[1-4]"' "$BATS_TEST_TMPDIR/out") <(grep 'node="n[1-4]"' "$BATS_TEST_TMPDIR/with.out")
}

@test "a survey alone is a page, and its nodes are reports that can be read again" {
	survey 1700000000 >"$BATS_TEST_TMPDIR/survey.json"
	mkdir "$BATS_TEST_TMPDIR/again"
	"$O/efagate" report --json "$BATS_TEST_TMPDIR/survey.json" | jq -c '.[] | select(.node != "-")' |
		(cd "$BATS_TEST_TMPDIR/again" && split -l 1 --additional-suffix=.json)
	run --separate-stderr "$O/efagate" report "$BATS_TEST_TMPDIR/again"
	[ "$status" = 2 ]
	[ "$stderr" = "" ]
	[ "$(awk 'NR > 1 { print $1, $4 }' <<<"$output")" = "n2 fail
n3 unknown
n9 pass
n10 unknown" ]
	run --separate-stderr "$O/efagate" report --format html "$BATS_TEST_TMPDIR/survey.json"
	[ "$status" = 2 ]
	grep -q '^<p class=dim>1 survey, 2023-11-14T22:13:20Z to 2023-11-14T22:13:20Z' <<<"$output"
	grep -qF "No report holds traffic of single devices: a survey tells a node's median." <<<"$output"
	[ "$(grep -oE '<tr><th scope=row>n[0-9]+' <<<"$output" | head -n 4 | grep -oE 'n[0-9]+' | xargs)" = 'n2 n3 n10 n9' ]
}

@test "a report that cannot be read is counted, the others are shown" {
	mkdir "$BATS_TEST_TMPDIR/some"
	cp "$reports/n4-1.json" "$BATS_TEST_TMPDIR/some/"
	echo '{}' >"$BATS_TEST_TMPDIR/some/bad.json"
	run --separate-stderr "$O/efagate" report --format prometheus "$BATS_TEST_TMPDIR/some"
	[ "$status" = 3 ]
	# shellcheck disable=SC2154
	[[ $stderr == "efagate report: '$BATS_TEST_TMPDIR/some/bad.json': report: "* ]]
	grep -qx 'efagate_reports_unreadable 1' <<<"$output"
	grep -qx 'efagate_verdict{node="n4",verdict="pass"} 1' <<<"$output"
	run --separate-stderr "$O/efagate" report --format html "$BATS_TEST_TMPDIR/some"
	[ "$status" = 3 ]
	grep -q '1 report could not be read' <<<"$output"
}

@test "hostile text stays text in metrics and in the page" {
	local text='"><script>alert(1)</script>\<b x='\''y'\''>&amp;'
	hostile "$text"
	"$O/efagate" report --format prometheus "$BATS_TEST_TMPDIR/hostile" >"$BATS_TEST_TMPDIR/out" || [ "$?" = 2 ]
	run tests/cluster/check_metrics <"$BATS_TEST_TMPDIR/out"
	echo "$output"
	[ "$status" = 0 ]
	grep -qF '{node="\"><script>alert(1)</script>\\<b x='\''y'\''>&amp;"' "$BATS_TEST_TMPDIR/out"

	"$O/efagate" report --format html "$BATS_TEST_TMPDIR/hostile" >"$BATS_TEST_TMPDIR/page" || [ "$?" = 2 ]
	[ "$(grep -o '<script' "$BATS_TEST_TMPDIR/page" | wc -l)" = 1 ]
	run ! grep -qE '<b x=|alert\(1\)</script>' "$BATS_TEST_TMPDIR/page"
	# As entities, everywhere it came: node in 6 places and more, type, name, peer, error, finding.
	[ "$(grep -oF '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\&lt;b x=&#39;y&#39;&gt;&amp;amp;' \
		"$BATS_TEST_TMPDIR/page" | wc -l)" -ge 12 ]
}

@test "the page loads nothing and allows its own script only" {
	"$O/efagate" report --format html "$reports" >"$BATS_TEST_TMPDIR/page" || [ "$?" = 2 ]
	run ! grep -qiE '(src|href)=("|'\'')?(https?:|//)|@import|url\(|<link|<iframe|<img' "$BATS_TEST_TMPDIR/page"
	hash=$(perl -MDigest::SHA=sha256_base64 -0777 -ne \
		'/<script>(.*?)<\/script>/s or die; print sha256_base64($1) . "="' "$BATS_TEST_TMPDIR/page")
	grep -qF "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-$hash'" "$BATS_TEST_TMPDIR/page"
	run ! grep -qE ' on[a-z]+=' "$BATS_TEST_TMPDIR/page"
}

@test "every element of the page is closed, ids are unique, tables have captions and scopes" {
	"$O/efagate" report --format html "$reports" >"$BATS_TEST_TMPDIR/page" || [ "$?" = 2 ]
	run perl -0777 -ne '
		s/<(script|style)>.*?<\/\1>//gs;
		my @open;
		my %void = map { $_ => 1 } qw(meta input br);
		while (/<(\/?)([a-z0-9]+)((?:[^>"]|"[^"]*")*?)(\/?)>/g) {
			next if $void{$2} || $4;
			if (!$1) { push @open, $2 } else {
				my $last = pop @open // "nothing";
				print "</$2> closes <$last>\n" if $last ne $2;
			}
		}
		print "open: @open\n" if @open;
		my %ids;
		$ids{$_}++ for / id="?([\w-]+)/g;
		$ids{$_} > 1 && print "id $_ twice\n" for keys %ids;
		my $tables = () = /<table/g;
		my $captions = () = /<caption>/g;
		print "$tables tables, $captions captions\n" if $tables != $captions;
		print "th without scope\n" if /<th(?![^>]*scope=)[ >]/;
		for my $for (/ (?:for|aria-describedby)="?([\w-]+)/g) {
			print "nothing has the id $for\n" unless $ids{$for};
		}' "$BATS_TEST_TMPDIR/page"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "the page marks the slow device, the failed one and the missing one" {
	"$O/efagate" report --format html "$reports" >"$BATS_TEST_TMPDIR/page" || [ "$?" = 2 ]
	grep -qF '<li><b class=fail>1</b>below their siblings</li>' "$BATS_TEST_TMPDIR/page"
	grep -qF '<li><b>31</b>EFA devices of 32 expected</li>' "$BATS_TEST_TMPDIR/page"
	grep -qF '<td class="q1 low" title="n1 rail 1 0000:11:1b.0 rdmap17s27, reads from n2, 40.0 Gb/s, 76.5 us">40<span class=sr>below siblings</span></td>' "$BATS_TEST_TMPDIR/page"
	grep -qF '<td class=qx title="n2 rail 0 0000:10:1b.0 rdmap16s27, reads from n3, Unresponsive receiver">&#10005;<span class=sr>failed</span></td>' "$BATS_TEST_TMPDIR/page"
	grep -qF 'aria-label="2 reports; 2026-11-23T15:00:00Z fail EG102"' "$BATS_TEST_TMPDIR/page"
	# The worst node stands first.
	[ "$(grep -oE '<tr><th scope=row>n[0-9]+' "$BATS_TEST_TMPDIR/page" | head -n 4 | grep -oE 'n[0-9]+' | xargs)" = 'n2 n3 n1 n4' ]
}

@test "reports without traffic say how to get some" {
	"$O/efagate" report --format html "$reports/n4-0.json" >"$BATS_TEST_TMPDIR/page"
	grep -q 'No report holds traffic' "$BATS_TEST_TMPDIR/page"
	run ! grep -qE '<h2>Pairs|type=radio' "$BATS_TEST_TMPDIR/page"
}

@test "256 nodes of 32 devices fit into one page and one file of metrics" {
	mkdir "$BATS_TEST_TMPDIR/big"
	tests/cluster/make_reports "$BATS_TEST_TMPDIR/big" 256 32
	"$O/efagate" report --format html "$BATS_TEST_TMPDIR/big" >"$BATS_TEST_TMPDIR/page" || [ "$?" = 2 ]
	[ "$(grep -c '^<tr><th scope=row>n256</th>' "$BATS_TEST_TMPDIR/page")" = 37 ]
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/page")" -lt 8000000 ]
	"$O/efagate" report --format prometheus "$BATS_TEST_TMPDIR/big" >"$BATS_TEST_TMPDIR/out" || [ "$?" = 2 ]
	run tests/cluster/check_metrics <"$BATS_TEST_TMPDIR/out"
	echo "$output"
	[ "$status" = 0 ]
}

@test "a wrong format is refused with the right ones" {
	run "$O/efagate" report --format xml "$reports"
	[ "$status" = 64 ]
	[ "$output" = "efagate report: --format 'xml': expected table, json, html or prometheus; efagate report --help says more" ]
}

@test "pairs have the colours of the map: share of the median, by bandwidth and by latency" {
	"$O/efagate" report --format html "$reports" >"$BATS_TEST_TMPDIR/page" || [ "$?" = 2 ]
	# n1's device 1 has 40 of 95 Gb/s and 76.5 of 16.5 us.
	grep -qF '<tr><th scope=row>n1</th><td>n2</td><td class=n data-v=8>8</td><td class="n" data-v=0>0</td><td class="n q1" data-v="40">40.0</td><td class="n q5" data-v="99">99.0</td><td class="n q0" data-v="76.5">76.5</td></tr>' "$BATS_TEST_TMPDIR/page"
}
