using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class ExposureRulePropertyTests
{
    // How tightly a printed part holds together: looser ones need parentheses within tighter ones.
    private const int Or = 0;
    private const int And = 1;
    private const int Comparison = 2;
    private const int Unary = 3;

    [Fact]
    public void Compile_APrintedTree_IsTheConditionOfThatTree() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(LongRun.Scale(500, 20_000)), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var tree = new Trees(seed).Next(depth: 4);
            Assert.Equal(Canonical(Json.Parse(tree.Condition)), Canonical(ExposureRule.Compile(tree.Text)));
        }));

    private static string Canonical(JsonElement condition) => Encoding.UTF8.GetString(CanonicalJson.Serialize(condition));

    private sealed record Tree(string Text, string Condition, int Strength);

    /// <summary>Random rules next to the conditions they must give, with as many blanks and parentheses as people may write.</summary>
    private sealed class Trees(int seed)
    {
        private static readonly (string Text, string Json)[] Equal =
        [
            ("'US'", "\"US\""), ("\"a'b\"", "\"a'b\""), ("'é😀'", "\"é😀\""), ("'a\\'\\u0041'", "\"a'A\""), ("''", "\"\""), ("'x && (y)'", "\"x && (y)\""),
            ("0", "0"), ("-1", "-1"), ("2.50", "2.50"), ("1e-3", "1e-3"), ("true", "true"), ("false", "false"), ("null", "null"),
        ];

        private static readonly (string Text, string Json)[] Versions =
            [("1.2.3", "\"1.2.3\""), ("v1.2.3.4", "\"1.2.3.4\""), ("2.0-rc.1", "\"2.0-rc.1\""), ("v'2'", "\"2\""), ("1.2.3-4+b.5", "\"1.2.3-4+b.5\"")];

        private static readonly (string Text, string Json)[] Operators = [("==", "eq"), ("!=", "ne"), ("<", "lt"), ("<=", "lte"), (">", "gt"), (">=", "gte")];
        private static readonly string[] Names = ["a", "logged_in", "device.os", "_x", "größe", "items.0.id", "user-agent", "inner", "nothing", "v", "v2"];
        private readonly Random random = new(seed);

        public Tree Next(int depth) => (depth == 0 ? 0 : random.Next(6)) switch
        {
            4 => Not(depth),
            5 => Joined(depth, "||", "$or", Or),
            3 => Joined(depth, "&&", "$and", And),
            _ => Leaf(),
        };

        private Tree Leaf()
        {
            var name = Pick(Names);
            switch (random.Next(5))
            {
                case 0:
                    return new Tree(name, Member(name, "true"), Unary);
                case 1:
                    var values = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Pick(Equal)).ToList();
                    var negated = random.Next(2) == 0;
                    return new Tree(
                        $"{name} {(negated ? $"not{Blanks(1)}in" : "in")}{Blanks()}[{string.Join($"{Blanks()},{Blanks()}", values.Select(v => v.Text))}{Blanks()}]",
                        Member(name, Member(negated ? "$nin" : "$in", $"[{string.Join(',', values.Select(v => v.Json))}]")), Comparison);
                case 2:
                    return Compared(name, Pick(Operators), Pick(Versions), "$v");
                case 3:
                    return Compared(name, Pick(Operators[..2]), Pick(Equal), "$");
                default:
                    return Compared(name, Pick(Operators), Pick(Equal[..10]), "$");
            }
        }

        private Tree Compared(string name, (string Text, string Json) by, (string Text, string Json) value, string prefix) =>
            new($"{name}{Blanks()}{by.Text}{Blanks()}{value.Text}", Member(name, Member(prefix + by.Json, value.Json)), Comparison);

        private Tree Not(int depth)
        {
            var part = Next(depth - 1);
            return new Tree($"!{Blanks()}{Within(part, Unary)}", Member("$not", part.Condition), Unary);
        }

        private Tree Joined(int depth, string symbol, string name, int strength)
        {
            var parts = Enumerable.Range(0, random.Next(2, 4)).Select(_ => Next(depth - 1)).ToList();
            return new Tree(
                string.Join($"{Blanks()}{symbol}{Blanks()}", parts.Select(p => Within(p, strength + 1))),
                Member(name, $"[{string.Join(',', parts.Select(p => p.Condition))}]"), strength);
        }

        private static string Member(string name, string json) => $"{{\"{name}\":{json}}}";

        private string Within(Tree part, int strength) =>
            part.Strength < strength || random.Next(8) == 0 ? $"({Blanks()}{part.Text}{Blanks()})" : part.Text;

        private string Blanks(int atLeast = 0) => new(' ', atLeast + random.Next(2));

        private T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];
    }
}
