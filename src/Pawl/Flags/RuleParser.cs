using System.Globalization;

namespace Pawl.Flags;

/// <summary>
/// Reads an exposure rule by recursive descent:
/// <code>
/// any        = all { "||" all }
/// all        = unary { "&amp;&amp;" unary }
/// unary      = "!" unary | "(" any ")" | attribute [ comparison ]
/// comparison = ( "==" | "!=" | "&lt;" | "&lt;=" | ">" | ">=" ) value | [ "not" ] "in" "[" value { "," value } "]"
/// </code>
/// </summary>
internal sealed class RuleParser
{
    private readonly RuleSource source;
    private readonly RuleLexer lexer;
    private RuleToken token;
    private int nesting;

    private RuleParser(RuleSource source)
    {
        this.source = source;
        lexer = new RuleLexer(source);
        token = lexer.Next();
    }

    public static RuleNode Parse(RuleSource source)
    {
        if (source.Text.Length > Limits.ExposureRuleCharacters)
            throw source.Error(Limits.ExposureRuleCharacters, string.Create(CultureInfo.InvariantCulture, $"expected the end; a rule has at most {Limits.ExposureRuleCharacters} characters, this one has {source.Text.Length}."));
        var parser = new RuleParser(source);
        var rule = parser.ReadAny();
        if (parser.token.Kind != RuleTokenKind.End) throw parser.ExpectedEnd(rule);
        return rule;
    }

    private RuleNode ReadAny() => ReadParts("||", ReadAll, static parts => new RuleNode.Any(parts));

    private RuleNode ReadAll() => ReadParts("&&", ReadUnary, static parts => new RuleNode.All(parts));

    private RuleNode ReadParts(string symbol, Func<RuleNode> read, Func<IReadOnlyList<RuleNode>, RuleNode> join)
    {
        var start = token.At;
        var first = read();
        if (!token.Is(symbol)) return first;
        List<RuleNode> parts = [first];
        while (token.Is(symbol))
        {
            Take();
            parts.Add(read());
        }

        return Checked(join(parts), start);
    }

    private RuleNode ReadUnary()
    {
        if (token.Is("!")) return ReadNot();
        if (!token.Is("(")) return ReadComparison();
        var open = Take();
        Enter(open);
        var inner = ReadAny();
        if (!token.Is(")")) throw token.Kind == RuleTokenKind.End ? source.Error(open.At, "expected a ) that closes this parenthesis.") : ExpectedEnd(inner);
        Take();
        nesting--;
        return inner;
    }

    private RuleNode ReadNot()
    {
        var not = Take();
        Enter(not);
        var part = token.Is("!") || token.Is("(") ? ReadUnary() : new RuleNode.Truthy(ReadAttribute());
        // As in C, ! binds tighter than a comparison, and !a == 1 is hardly ever meant like that.
        if (IsComparison(token)) throw source.Error(token.At, "expected && or || or the end; to deny a comparison write !(a == 1), a != 1 or a not in [..].");
        nesting--;
        return Checked(new RuleNode.Not(part), not.At);
    }

    private RuleNode ReadComparison()
    {
        var attribute = ReadAttribute();
        if (!IsComparison(token)) return new RuleNode.Truthy(attribute);
        var operation = Take();
        if (operation.IsWord("in")) return new RuleNode.Membership(attribute, "$in", ReadList());
        if (operation.IsWord("not"))
        {
            if (!token.IsWord("in")) throw source.Error(token.At, "expected in after not, as in country not in ['US'].");
            Take();
            return new RuleNode.Membership(attribute, "$nin", ReadList());
        }

        var value = ReadValue();
        if (operation.Value is not ("==" or "!=") && value.Kind == RuleTokenKind.Name)
            throw source.Error(value.At, $"expected a number, a version or a string after {operation.Value}; {value.Value} has no order.");
        return new RuleNode.Comparison(attribute, (value.Kind == RuleTokenKind.Version ? "$v" : "$") + Suffix(operation), value);
    }

    private string ReadAttribute()
    {
        if (token.IsWord("not")) throw source.Error(token.At, "expected an attribute; to deny a condition write ! before it.");
        if (token.IsReserved) throw source.Error(token.At, $"expected an attribute; {token.Value} is a word of the language and cannot name one.");
        return token.Kind switch
        {
            RuleTokenKind.Name => Take().Value,
            RuleTokenKind.Text or RuleTokenKind.Number or RuleTokenKind.Version => throw source.Error(token.At, "expected an attribute; it stands on the left of a comparison, the value on the right."),
            _ => throw source.Error(token.At, "expected an attribute, ! or (."),
        };
    }

    private List<RuleToken> ReadList()
    {
        if (!token.Is("[")) throw source.Error(token.At, "expected a list such as ['US', 'CA'] after in.");
        var open = Take();
        if (token.Is("]")) throw source.Error(token.At, "expected a value; nothing is in an empty list.");
        List<RuleToken> values = [];
        while (true)
        {
            var value = ReadValue();
            if (value.Kind == RuleTokenKind.Version) throw source.Error(value.At, "expected a string, a number, true, false or null; compare versions with == and join them with ||.");
            values.Add(value);
            if (token.Kind == RuleTokenKind.End) throw source.Error(open.At, "expected a ] that closes this list.");
            if (!token.Is(",") && !token.Is("]")) throw source.Error(token.At, "expected , or ] after a value of the list.");
            if (Take().Is("]")) return values;
        }
    }

    private RuleToken ReadValue()
    {
        if (token.Kind is RuleTokenKind.Text or RuleTokenKind.Number or RuleTokenKind.Version || token is { Kind: RuleTokenKind.Name, Value: "true" or "false" or "null" }) return Take();
        if (token.Is("[")) throw source.Error(token.At, "expected one value; lists stand after in.");
        if (token.Kind != RuleTokenKind.Name) throw source.Error(token.At, "expected a value: a string in quotes, a number, a version, true, false or null.");
        throw source.Error(token.At, IsVersionWord(token.Value)
            ? $"expected a value; a version is written v{Quoted(token.Value[1..])}."
            : $"expected a value; a string stands in quotes: {Quoted(token.Value)}.");
    }

    private BadInputException ExpectedEnd(RuleNode before)
    {
        if (token.IsWord("and")) return source.Error(token.At, "expected && instead of and.");
        if (token.IsWord("or")) return source.Error(token.At, "expected || instead of or.");
        if (token.Is(")")) return source.Error(token.At, "expected no ) here; no parenthesis is open.");
        var end = nesting > 0 ? ")" : "the end";
        return source.Error(token.At, before is RuleNode.Truthy ? $"expected an operator (== != < <= > >= in, not in, && or ||) or {end}." : $"expected && or || or {end}.");
    }

    private RuleToken Take()
    {
        var taken = token;
        token = lexer.Next();
        return taken;
    }

    private void Enter(RuleToken by)
    {
        if (++nesting > Limits.ExposureRuleNesting)
            throw source.Error(by.At, string.Create(CultureInfo.InvariantCulture, $"expected at most {Limits.ExposureRuleNesting} parentheses and ! within each other."));
    }

    private RuleNode Checked(RuleNode node, int at) => node.Depth <= Limits.ConditionDepth ? node
        : throw source.Error(at, string.Create(CultureInfo.InvariantCulture, $"expected a condition of at most {Limits.ConditionDepth} levels of JSON; split the rule, or use fewer parentheses."));

    private static bool IsComparison(RuleToken token) =>
        token is { Kind: RuleTokenKind.Symbol, Value: "==" or "!=" or "<" or "<=" or ">" or ">=" } or { Kind: RuleTokenKind.Name, Value: "in" or "not" };

    private static string Suffix(RuleToken operation) => operation.Value switch
    {
        "==" => "eq",
        "!=" => "ne",
        "<" => "lt",
        "<=" => "lte",
        ">" => "gt",
        _ => "gte",
    };

    private static string Quoted(string word) => $"'{ShortText.Start(word, 40)}'";

    private static bool IsVersionWord(string word) => word.Length > 1 && word[0] == 'v' && char.IsAsciiDigit(word[1]);
}
