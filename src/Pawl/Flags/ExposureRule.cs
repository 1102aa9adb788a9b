using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// A rule of who may be exposed to an experiment, as people write it: <c>logged_in == true &amp;&amp; country in ['US', 'CA']</c>.
/// It is compiled once into the condition that GrowthBook's SDKs evaluate, and only the condition is kept.
/// <list type="bullet">
/// <item>A comparison has an attribute on its left, such as <c>plan</c> or <c>device.os</c>, and a value on its right.</item>
/// <item>Operators are <c>== != &lt; &lt;= &gt; &gt;=</c>, <c>in [..]</c> and <c>not in [..]</c>. An attribute alone asks whether it is truthy,
/// as in JavaScript: <c>beta</c> becomes <c>{"beta":true}</c>, which an equal <c>"yes"</c> or <c>1</c> satisfies as well.</item>
/// <item><c>&amp;&amp;</c> binds tighter than <c>||</c>; <c>!</c> stands before an attribute alone or parentheses.</item>
/// <item>Values are strings in either quote with JSON's escapes (and <c>\'</c>), JSON's numbers, <c>true</c>, <c>false</c>, <c>null</c>, and versions.</item>
/// <item>A version has two dots or more (<c>2.3.0</c>) or a suffix that begins with a letter (<c>2.3-beta.1</c>); <c>v'2.3'</c> is one in any case.</item>
/// </list>
/// Equality keeps types apart (<c>$eq</c>, <c>$ne</c>, <c>$in</c>): <c>age == 18</c> does not hold for the text <c>"18"</c>, and <c>!=</c> is
/// exactly what <c>==</c> is not. Limits: <see cref="Limits.ExposureRuleCharacters"/>, <see cref="Limits.ExposureRuleNesting"/>,
/// <see cref="Limits.ExposureRules"/>, and <see cref="Limits.ConditionDepth"/> for what comes of it.
/// </summary>
public static class ExposureRule
{
    private const string OnlyRule = "The exposure rule";

    /// <summary>The condition of one rule.</summary>
    /// <exception cref="BadInputException">The rule cannot be read. The message names the column, counted in characters from 1, says what was
    /// expected there, and shows the place.</exception>
    public static JsonElement Compile(string rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return Written(Read(rule, OnlyRule));
    }

    /// <summary>The condition that all rules hold: the condition of the only one, <c>$and</c> of several, and <c>{}</c>, which always holds, of none.</summary>
    /// <exception cref="BadInputException">There are too many rules, or one cannot be read; the message says which one.</exception>
    public static JsonElement CompileAll(IReadOnlyList<string> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.Count > Limits.ExposureRules)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"There are {rules.Count} exposure rules; at most {Limits.ExposureRules} are read. Join some with &&, or drop those that others imply."));
        }

        return rules.Count switch
        {
            0 => Json.EmptyObject,
            1 => Compile(rules[0]),
            _ => Written(new RuleNode.All([.. rules.Select((rule, i) => Read(rule, string.Create(CultureInfo.InvariantCulture, $"Exposure rule {i + 1} of {rules.Count}")))])),
        };
    }

    private static RuleNode Read(string rule, string name)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return RuleParser.Parse(new RuleSource(rule, name));
    }

    private static JsonElement Written(RuleNode node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Json.Plain)) node.WriteTo(writer);
        return Json.Parse(buffer.WrittenMemory);
    }
}
