using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class PatternCheckTests
{
    [Theory]
    [InlineData("^(a+)+$")]
    [InlineData("^(=+)+$")]
    [InlineData("^(é+)+$")]
    [InlineData("^(#|#)*$")]
    [InlineData("^(#|[!-/])*$")]
    [InlineData(@"^(\u00e9|[à-ÿ])*$")]
    [InlineData(@"^(\x3d|=)*$")]
    [InlineData("^user-(x+x+)+y$")]
    [InlineData("^[0-9]{3}:([^,!]+,?)+$")]
    [InlineData("^[0-9]{3}:([^,]+,?)+$")]
    [InlineData("^(.|=)*$")]
    [InlineData("^(ab|a|b)*$")]
    [InlineData("^(?:(?<n>.*)*)x$")]
    [InlineData("(?=(#+)+$)")]
    [InlineData("^((a{2}|a{3})*)b$")]
    [InlineData("^(a?){40}b$")]
    [InlineData(@"^(\w+\s?)*$")]
    [InlineData(@"^(([a-z])+.)+[A-Z]([a-z])+$")]
    public void Fault_APatternThatBacktracksWithoutEnd_IsNamed(string pattern) => Assert.Contains("backtracks without end", Fault(pattern));

    [Theory]
    [InlineData("")]
    [InlineData("^x+$")]
    [InlineData(@"^(\w+\.)+\w+$")]
    [InlineData(@"^[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}$")]
    [InlineData(@"^https?:\/\/([a-z0-9-]+\.)*example\.com(\/.*)?$")]
    [InlineData(@"^\d{1,3}(\.\d{1,3}){3}$")]
    [InlineData(@"^\s*(\w+)\s*,\s*(\w+)\s*$")]
    [InlineData("^(control|treatment|holdout)*$")]
    [InlineData("^(a|b|[c-z])*=$")]
    [InlineData("(Chrome|Firefox|Safari)/([0-9]+)")]
    [InlineData(@"^(?!.*admin)(?=.*[0-9])[^\s]+$")]
    [InlineData("a{1000}")]
    [InlineData("^(a){2,5}?(?:b)\\1$")]
    public void Fault_AnOrdinaryPattern_IsNone(string pattern) => Assert.Null(Fault(pattern));

    private static string? Fault(string pattern)
    {
        var rule = JsonSerializer.Serialize(new { condition = new { a = new Dictionary<string, string> { ["$regex"] = pattern } } });
        return Xunit.Record.Exception(() => FlagRule.Parse(rule))?.Message;
    }
}
