"""Components of kits and made products: every bad line with its place and what was expected."""


def test_good_lines_are_read_and_bad_ones_say_what_was_expected(turn):
    done = turn(
        "Bundle/assembly SKU,Is assembly,Component SKU,Quantity,Retail price\n"
        "007,No,A1,2,9\n"
        "007,No,A2,0,9\n"
        "008,yes,008,1,9\n"
        "009,maybe,A1,1.5,9\n"
        "009,,A1,1.5,9\n"
        ",no,A1,-2,9\n"
    )
    assert [tuple(row.values()) for row in done.rows] == [
        ("2", "007", "A1", "2", "false"),
        ("6", "009", "A1", "1.5", ""),
    ]
    told = [(row.row, fault.column, fault.value, fault.expected) for row in done.bad for fault in row.faults]
    assert [(row, column, value, said.template % said.values) for row, column, value, said in told] == [
        (3, "Quantity", "0", "a number above 0 and up to 1,000,000,000"),
        (4, "Component SKU", "008", "another product: nothing goes into itself"),
        (5, "Is assembly", "maybe", "yes or no"),
        (7, "Bundle/assembly SKU", "", "something: this column must not be empty"),
        (7, "Quantity", "-2", "a number above 0 and up to 1,000,000,000"),
    ]
