// SPDX-License-Identifier: Apache-2.0
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { formatTable, type Table } from "./table.js";

/** Display columns at which each line has a bar or a crossing. */
function bars(text: string): readonly (readonly number[])[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => [...line.matchAll(/[│┼]/g)].map((match) => stringWidth(line.slice(0, match.index))));
}

describe("tables", () => {
  it("set columns apart and a rule below the head", () => {
    const table = {
      head: ["", "Analyzed"],
      rows: [
        ["Target", "app:1"],
        ["  digest", "c215e9da9f84"],
      ],
    };
    expect(formatTable(table, "  ")).toMatchInlineSnapshot(`
      "           │   Analyzed
        ─────────┼─────────────
        Target   │ app:1
          digest │ c215e9da9f84
      "
    `);
  });

  it("need no head", () => {
    expect(
      formatTable(
        {
          rows: [
            ["a", "b"],
            ["aaa", "c"],
          ],
        },
        "",
      ),
    ).toBe("a   │ b\naaa │ c\n");
  });

  it("end lines without spaces", () => {
    const text = formatTable(
      {
        head: ["a", "b"],
        rows: [
          ["x", ""],
          ["y", "long text"],
        ],
      },
      "  ",
    );
    expect(text.split("\n").filter((line) => line.endsWith(" "))).toEqual([]);
  });

  it("of nothing are empty", () => {
    expect(formatTable({ rows: [] }, "  ")).toBe("");
  });

  it("take rows of different lengths", () => {
    expect(formatTable({ rows: [["a"], ["b", "c", "d"]] }, "")).toBe("a │   │\nb │ c │ d\n");
  });
});

describe("columns stay straight", () => {
  const CASES: readonly { summary: string; table: Table }[] = [
    {
      summary: "with letters of one column",
      table: {
        rows: [
          ["abc", "x"],
          ["a", "y"],
        ],
      },
    },
    {
      summary: "with letters of two columns",
      table: {
        rows: [
          ["漢字", "x"],
          ["a", "y"],
          ["ﾊﾝｶｸ", "z"],
        ],
      },
    },
    {
      summary: "with emoji of several code points",
      table: {
        rows: [
          ["👩‍💻", "x"],
          ["ab", "y"],
          ["🇩🇪", "z"],
        ],
      },
    },
    {
      summary: "with combining marks",
      table: {
        rows: [
          ["é", "x"],
          ["ab", "y"],
        ],
      },
    },
    {
      summary: "with colours",
      table: {
        rows: [
          ["\u001b[31mred\u001b[39m", "x"],
          ["a", "y"],
        ],
      },
    },
    {
      summary: "below a head with wide letters",
      table: {
        head: ["名前", "版"],
        rows: [
          ["a", "1.0"],
          ["漢", "漢字漢字"],
        ],
      },
    },
    {
      summary: "below a head that is wider than they are",
      table: { head: ["Vulnerabilities", "B"], rows: [["a", "b"]] },
    },
  ];

  it.each(CASES)("$summary", ({ table }) => {
    const places = bars(formatTable(table, "  "));
    expect(new Set(places.map((line) => line.join(" "))).size).toBe(1);
    expect(places[0]).toHaveLength(1);
  });
});
