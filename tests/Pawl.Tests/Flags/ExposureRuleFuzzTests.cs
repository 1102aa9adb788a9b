using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pawl.Flags;
using Pawl.Tests.Fuzz;
using Xunit;

namespace Pawl.Tests.Flags;

/// <summary>Broken rules: each gives a condition or is refused with a column of its text, and nothing else happens.</summary>
public sealed partial class ExposureRuleFuzzTests
{
    private static readonly string[] Rules =
    [
        "logged_in==true",
        "country in ['US', 'CA'] && !(app_version >= 2.3.0-beta.1 || beta)",
        @"name == 'é😀 \u00e9\ud83d\ude00\n' || device.os not in [""ios"", null, -1.5e3]",
        "((a < 1) && (b <= v'2.3' || !(c > 0))) || d.e-f.0 != \"x\"",
    ];

    private static readonly string[] Words =
        ["&&", "||", "!", "(", ")", "[", "]", ",", "==", "!=", "<", "<=", ">", ">=", "in", "not", "a", "b.c", "v2.3.0", "v'1'", "'x'", "\"y\"", "1", "-2.5e1", "1.2.3", "true", "null", "'", "\\", "\ud83d", " ", "\n"];

    [Fact]
    public void Compile_BrokenRules_AreReadOrRefusedWithAColumn()
    {
        var mutator = new Mutator(2028);
        var random = new Random(2028);
        var (read, refused) = (0, 0);
        for (var n = 0; n < LongRun.Scale(2000, 100_000); n++)
        {
            // Half are good rules broken, half words in a row that may happen to be a rule.
            var rule = n % 2 == 0
                ? Encoding.UTF8.GetString(mutator.Mutate(Encoding.UTF8.GetBytes(mutator.Pick(Rules))))
                : string.Join(random.Next(2) == 0 ? " " : "", Enumerable.Range(0, random.Next(1, 9)).Select(_ => mutator.Pick(Words)));
            if (IsRead(rule)) read++;
            else refused++;
        }

        Assert.True(read > 100 && refused > 100, $"{read} rules were read, {refused} refused.");
    }

    private static bool IsRead(string rule)
    {
        try
        {
            var condition = ExposureRule.Compile(rule);
            Assert.Equal(JsonValueKind.Object, condition.ValueKind);
            Assert.NotEmpty(CanonicalJson.Serialize(condition));
            return true;
        }
        catch (BadInputException e)
        {
            var lines = e.Message.Split('\n');
            Assert.Equal(3, lines.Length);
            Assert.InRange(int.Parse(Column().Match(lines[0]).Groups[1].ValueSpan), 1, rule.Length + 1);
            Assert.EndsWith("^", lines[2]);
            Assert.True(lines[2].Length <= lines[1].Length + 1, e.Message);
            return false;
        }
    }

    [GeneratedRegex(@"^The exposure rule cannot be read at column ([0-9]+): expected .+\.$")]
    private static partial Regex Column();
}
