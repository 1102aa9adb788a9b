using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

/// <summary>Each way to write a rule wrongly, the column that is named, counted from 1, and what is said to be expected there.</summary>
public sealed class ExposureRuleErrorTests
{
    [Theory]
    [InlineData("", 1, "an attribute, ! or (")]
    [InlineData("  ", 3, "an attribute, ! or (")]
    [InlineData("a &&", 5, "an attribute, ! or (")]
    [InlineData("a || || b", 6, "an attribute, ! or (")]
    [InlineData("()", 2, "an attribute, ! or (")]
    [InlineData("!", 2, "an attribute, ! or (")]
    [InlineData("18 < age", 1, "it stands on the left")]
    [InlineData("'US' == country", 1, "it stands on the left")]
    [InlineData("2.3.0 < v", 1, "it stands on the left")]
    [InlineData("true", 1, "true is a word of the language")]
    [InlineData("a && in == 1", 6, "in is a word of the language")]
    [InlineData("not a", 1, "write ! before it")]
    [InlineData("a =", 3, "==")]
    [InlineData("a = 1", 3, "==")]
    [InlineData("a === 1", 5, "==")]
    [InlineData("a & b", 3, "&&")]
    [InlineData("a | b", 3, "||")]
    [InlineData("a # b", 3, "an attribute, a value or an operator")]
    [InlineData("$a == 1", 1, "begin with a letter")]
    [InlineData("a == -", 6, "an attribute, a value or an operator")]
    [InlineData("a ==", 5, "a value")]
    [InlineData("a == == 1", 6, "a value")]
    [InlineData("a == US", 6, "a string stands in quotes: 'US'")]
    [InlineData("a == b.c", 6, "a string stands in quotes: 'b.c'")]
    [InlineData("a == TRUE", 6, "a string stands in quotes: 'TRUE'")]
    [InlineData("a >= v2.3", 6, "a version is written v'2.3'")]
    [InlineData("a >= v2-dev", 6, "a version is written v'2-dev'")]
    [InlineData("a == ['x']", 6, "lists stand after in")]
    [InlineData("a < true", 5, "true has no order")]
    [InlineData("a >= null", 6, "null has no order")]
    [InlineData("a == 1 2", 8, "&& or || or the end")]
    [InlineData("a == 1 == 2", 8, "&& or || or the end")]
    [InlineData("(a == 1 b)", 9, "&& or || or )")]
    [InlineData("a b", 3, "an operator (== != < <= > >= in, not in, && or ||) or the end")]
    [InlineData("(a b)", 4, "or )")]
    [InlineData("a == 1 and b", 8, "&& instead of and")]
    [InlineData("(a or b)", 4, "|| instead of or")]
    [InlineData("a)", 2, "no parenthesis is open")]
    [InlineData("a && (b", 6, "a ) that closes")]
    [InlineData("!a == 1", 4, "write !(a == 1)")]
    [InlineData("!a in ['x']", 4, "write !(a == 1)")]
    [InlineData("a in 'US'", 6, "a list such as ['US', 'CA']")]
    [InlineData("a in []", 7, "nothing is in an empty list")]
    [InlineData("a in ['x'", 6, "a ] that closes")]
    [InlineData("a in ['x' 'y']", 11, ", or ]")]
    [InlineData("a in ['x',]", 11, "a value")]
    [InlineData("a in [x]", 7, "a string stands in quotes: 'x'")]
    [InlineData("a in [1.2.3]", 7, "compare versions with ==")]
    [InlineData("a not ['x']", 7, "in after not")]
    [InlineData("a. == 1", 3, "the next part of the attribute's name")]
    [InlineData("a..b == 1", 3, "the next part of the attribute's name")]
    [InlineData("a == 'x", 6, "a second ' that ends the string")]
    [InlineData("a == \"x'", 6, "a second \" that ends the string")]
    [InlineData("a == 'x\\", 8, "one of the escapes")]
    [InlineData(@"a == 'x\q'", 8, "one of the escapes")]
    [InlineData(@"a == 'x\u12g4'", 8, "one of the escapes")]
    [InlineData(@"a == 'x\u12", 8, "one of the escapes")]
    [InlineData(@"a == '\ud83d'", 6, "one half of a surrogate pair")]
    [InlineData(@"a == '\ude00\ud83d'", 6, "one half of a surrogate pair")]
    [InlineData("a == 2024-01-31", 6, "A date or other text stands in quotes")]
    [InlineData("a == 007", 6, "a number such as")]
    [InlineData("a == 1.", 6, "a number such as")]
    [InlineData("a == 1+2", 6, "a number such as")]
    [InlineData("a == 2.x", 6, "a number such as")]
    [InlineData("a == -1.2.3", 6, "a number such as")]
    [InlineData("a == 1e999", 6, "fits an IEEE double")]
    [InlineData("a == v'two'", 6, "a version in the quotes")]
    [InlineData("a == v''", 6, "a version in the quotes")]
    [InlineData("x == '😀😀' && ?", 14, "an attribute, a value or an operator")]
    public void Compile_AMistake_IsRefusedWithColumnAndWhatWasExpected(string rule, int column, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => ExposureRule.Compile(rule));

        Assert.StartsWith($"The exposure rule cannot be read at column {column}: expected ", error.Message);
        var lines = error.Message.Split('\n');
        Assert.Contains(expected, lines[0]);
        Assert.Equal(["  " + rule, "  " + new string(' ', column - 1) + "^"], lines[1..]);
    }

    [Fact]
    public void Compile_AMistakeInALongRule_IsShownWithItsSurroundingsOnly()
    {
        var error = Assert.Throws<BadInputException>(() => ExposureRule.Compile($"{new string('a', 100)} == ? {new string('b', 100)}"));

        Assert.Equal(
            [
                "The exposure rule cannot be read at column 105: expected an attribute, a value or an operator. Attributes begin with a letter or _, and text stands in ' or \".",
                $"  …{new string('a', 46)} == ? {new string('b', 48)}…",
                $"  {new string(' ', 51)}^",
            ],
            error.Message.Split('\n'));
    }

    [Fact]
    public void Compile_AMistakeInARuleOfSeveralLines_IsShownOnOne()
    {
        var error = Assert.Throws<BadInputException>(() => ExposureRule.Compile("a &&\r\n\tb c"));

        Assert.Equal(["  a &&   b c", "           ^"], error.Message.Split('\n')[1..]);
        Assert.Contains("at column 10:", error.Message);
    }
}
