using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Pawl.Tests;

/// <summary>RFC 8785 (JCS); the reference values are those of the RFC itself.</summary>
public sealed class CanonicalJsonTests
{
    // Appendix B, without the two rows that are no JSON numbers (NaN, Infinity).
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void Serialize_ANumberOfAppendixB_IsSpelledAsThere(string bits, string expected)
    {
        var number = BitConverter.UInt64BitsToDouble(ulong.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

        Assert.Equal(expected, Canonical(number.ToString("E17", CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("333333333.33333329", "333333333.3333333")]
    [InlineData("1E30", "1e+30")]
    [InlineData("4.50", "4.5")]
    [InlineData("2e-3", "0.002")]
    [InlineData("0.000000000000000000000000001", "1e-27")]
    [InlineData("1e-7", "1e-7")]
    [InlineData("-0", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("100", "100")]
    [InlineData("1.0", "1")]
    [InlineData("123456789012345678901234567890", "1.2345678901234568e+29")]
    [InlineData("1e-400", "0")]
    public void Serialize_ANumberInAnotherSpelling_IsTheOneSpelling(string given, string expected) => Assert.Equal(expected, Canonical(given));

    // Section 3.2.2.
    [Fact]
    public void Serialize_TheSampleOfTheRfc_IsItsResult()
    {
        const string given = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;

        Assert.Equal(
            """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""",
            Canonical(given));
    }

    // Section 3.2.3: sorted by UTF-16 code units, so the emoji (a surrogate pair) stands before the Hebrew presentation form.
    [Fact]
    public void Serialize_TheMembersOfTheRfc_AreSortedByCodeUnits()
    {
        const string given = """
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """;

        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\","
            + "\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\uFB33\":\"Hebrew Letter Dalet With Dagesh\"}",
            Canonical(given));
    }

    [Fact]
    public void Serialize_ControlCharacters_AreEscapedTheShortWayOnlyWhereOneExists() => Assert.Equal(
        """
        "\u0000\u0001\b\t\n\u000b\f\r\u001f /<>&+\u007f"
        """.Replace("\\u007f", "\u007f"),
        Canonical("""
        "\u0000\u0001\u0008\u0009\u000a\u000b\u000c\u000d\u001f \/<>&+\u007f"
        """));

    [Fact]
    public void Serialize_NestedValues_SortsOnEveryLevelAndKeepsTheOrderOfArrays() =>
        Assert.Equal("""[{"a":{"c":2,"d":[3,1]},"b":[]},{}]""", Canonical("""[ {"b":[], "a":{"d":[3,1], "c":2}}, {} ]"""));

    [Fact]
    public void Digest_MembersInAnotherOrder_IsTheSame() =>
        Assert.Equal(CanonicalJson.Digest(Parse("""{"a":1,"b":{"c":1.0,"d":2}}""")), CanonicalJson.Digest(Parse("""{ "b":{"d":2e0,"c":1}, "a":1 }""")));

    [Fact]
    public void Digest_AnEmptyObject_IsItsSha256() =>
        Assert.Equal("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", CanonicalJson.Digest(Parse("{}")));

    [Theory]
    [InlineData("""{"a":1,"b":2,"a":1}""")]
    [InlineData("""{"x":[{"a":1,"\u0061":2}]}""")]
    public void Serialize_AMemberThatStandsTwice_IsRefusedByName(string json) =>
        Assert.Contains("\"a\"", Assert.Throws<BadInputException>(() => CanonicalJson.Serialize(Parse(json))).Message);

    [Theory]
    [InlineData("\"\\ud83d\"")]
    [InlineData("\"\\ude00\"")]
    [InlineData("\"a\\ude00\\ud83d\"")]
    [InlineData("{\"\\ud83d\":1}")]
    public void Serialize_HalfASurrogatePair_IsRefused(string json) => Assert.Throws<BadInputException>(() => CanonicalJson.Serialize(Parse(json)));

    [Theory]
    [InlineData("1e309")]
    [InlineData("-1e400")]
    public void Serialize_ANumberBeyondADouble_IsRefusedAndNamed(string json) =>
        Assert.Contains(json, Assert.Throws<BadInputException>(() => CanonicalJson.Serialize(Parse(json))).Message);

    [Fact]
    public void Serialize_NoValue_IsRefused() => Assert.Throws<BadInputException>(() => CanonicalJson.Serialize(default));

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Serialize(Parse(json)));

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
