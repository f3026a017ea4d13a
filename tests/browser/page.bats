#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The page of `efagate report --format html` in a headless Chromium (Debian's
# package). Run by `make check-html`; `make check` tests the page without one.
# EG_SHOTS names a folder for screenshots, to be looked at.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export O=${O:-$PWD/build}
	export dir=$BATS_FILE_TMPDIR
	mkdir "$dir/reports" "$dir/big"
	tests/cluster/make_reports "$dir/reports" 4 8
	tests/cluster/make_reports "$dir/big" 256 32
	"$O/efagate" report --format html "$dir/reports" >"$dir/page.html" || [ "$?" = 2 ]
	"$O/efagate" report --format html "$dir/big" >"$dir/big.html" || [ "$?" = 2 ]
}

browser() {
	timeout 120 chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
		--user-data-dir="$BATS_TEST_TMPDIR/profile" "$@" 2>"$BATS_TEST_TMPDIR/stderr"
}

# with_script PAGE SCRIPT [OPTION...]: the page with that script run after its own; it puts
# what it found into the title. The rule that only the page's own script may run
# is taken out for that.
with_script() {
	perl -0777 -pe 'BEGIN { $script = shift } s/<meta http-equiv[^>]*>//;
		s#</body>#<script>$script</script></body>#' "$2" "$1" >"$dir/try.html"
	browser "${@:3}" --dump-dom "file://$dir/try.html" | sed -nE 's#.*<title>(.*)</title>.*#\1#p' | head -n 1
}

@test "the page's own script runs, one put into it does not" {
	browser --dump-dom "file://$dir/page.html" >"$dir/dom"
	[ "$(grep -o '<th scope="col"[^>]*><button' "$dir/dom" | wc -l)" -ge 20 ]
	sed 's#</body>#<script>document.title = "ran"</script></body>#' "$dir/page.html" >"$dir/try.html"
	browser --dump-dom "file://$dir/try.html" >"$dir/dom"
	grep -q '<title>efagate: 4 nodes</title>' "$dir/dom"
}

@test "a click on a heading sorts, a second one the other way round, and says so" {
	run with_script "$dir/page.html" '
		const head = document.querySelector("#t-nodes th"), table = head.closest("table");
		const names = () => Array.from(table.tBodies[0].rows, r => r.cells[0].textContent).join(" ");
		head.querySelector("button").click();
		let said = names() + " " + head.getAttribute("aria-sort");
		head.querySelector("button").click();
		document.title = said + "; " + names() + " " + head.getAttribute("aria-sort");'
	echo "$output"
	[ "$output" = 'n1 n2 n3 n4 ascending; n4 n3 n2 n1 descending' ]
}

@test "numbers are sorted as numbers, n2 before n10" {
	run with_script "$dir/big.html" '
		const table = document.getElementById("t-pairs"), heads = table.tHead.rows[0].cells;
		const first = (n) => Array.from(table.tBodies[0].rows, r => r.cells[0].textContent).slice(0, n).join(" ");
		heads[0].querySelector("button").click();
		let said = first(11);
		heads[4].querySelector("button").click();
		document.title = said + "; " + first(1) + " " + table.tBodies[0].rows[0].cells[4].textContent;'
	echo "$output"
	[ "$output" = 'n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 n11; n1 40.0' ]
}

@test "the filter shows matching rows and says how many" {
	run with_script "$dir/page.html" '
		const box = document.querySelector("input[data-filters=t-nodes]");
		box.value = "EG10";
		box.dispatchEvent(new Event("input"));
		document.title = document.getElementById("f-nodes").textContent + " " + box.checkVisibility();'
	echo "$output"
	[ "$output" = '1 of 4 rows true' ]
}

@test "the map shows bandwidth or latency" {
	run with_script "$dir/page.html" '
		const seen = () => ["bw", "lat"].filter(c => document.querySelector("." + c).checkVisibility()).join();
		let said = seen();
		document.getElementById("m-lat").click();
		document.title = said + " " + seen();'
	echo "$output"
	[ "$output" = 'bw lat' ]
}

@test "on a telephone nothing but the tables' own frames scrolls sideways" {
	# An iframe, because a window has a least width.
	sed 's/<meta http-equiv[^>]*>//' "$dir/big.html" >"$dir/inner.html"
	cat >"$dir/try.html" <<'HTML'
<title>-</title><iframe src="inner.html" width=360 height=700></iframe>
<script>window.addEventListener("load", () => {
	const root = document.querySelector("iframe").contentDocument.documentElement;
	document.title = root.scrollWidth + " " + root.clientWidth; });</script>
HTML
	run browser --allow-file-access-from-files --dump-dom "file://$dir/try.html"
	grep -o '<title>.*</title>' <<<"$output"
	[[ $output =~ \<title\>([0-9]+)\ ([0-9]+)\</title\> ]]
	[ "${BASH_REMATCH[1]}" -le "${BASH_REMATCH[2]}" ]
}

@test "text stands out from its ground in light and dark, as WCAG AA asks" {
	local scheme
	for scheme in 0 1; do
		run with_script "$dir/page.html" '
			const lum = (c) => { const [r, g, b] = c.match(/[\d.]+/g).slice(0, 3).map(v => v / 255)
				.map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
				return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
			const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
				if (!/, 0\)/.test(c)) return c; } return "rgb(255, 255, 255)"; };
			const bad = new Set();
			let texts = 0;
			for (const e of document.querySelectorAll("main *")) {
				if (e.closest("svg") || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
				const a = lum(getComputedStyle(e).color), b = lum(ground(e));
				const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
				texts++;
				if (ratio < 4.5) bad.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
			}
			document.title = matchMedia("(prefers-color-scheme: dark)").matches + " " + (texts > 400) + [...bad].join(", ");' \
			--blink-settings=preferredColorScheme=$scheme
		echo "$output"
		[ "$output" = "$([ $scheme = 0 ] && echo true || echo false) true" ]
	done
}

@test "screenshots" {
	local shots=${EG_SHOTS:-$BATS_TEST_TMPDIR}
	mkdir -p "$shots"
	browser --window-size=1280,1700 --screenshot="$shots/light.png" "file://$dir/page.html"
	browser --window-size=1280,1700 --blink-settings=preferredColorScheme=0 \
		--screenshot="$shots/dark.png" "file://$dir/page.html"
	browser --window-size=1600,1400 --screenshot="$shots/big.png" "file://$dir/big.html"
	file "$shots/light.png" "$shots/dark.png" "$shots/big.png" | grep -c 'PNG image'
}
