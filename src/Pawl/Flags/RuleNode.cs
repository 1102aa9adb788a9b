using System.Text.Json;

namespace Pawl.Flags;

/// <summary>A part of an exposure rule that has been read; it writes itself as a condition.</summary>
internal abstract record RuleNode
{
    private RuleNode()
    {
    }

    /// <summary>How many levels of JSON its condition has.</summary>
    public abstract int Depth { get; }

    public abstract void WriteTo(Utf8JsonWriter writer);

    /// <summary>Every part holds.</summary>
    public sealed record All(IReadOnlyList<RuleNode> Parts) : RuleNode
    {
        public override int Depth => DepthOf(Parts);

        public override void WriteTo(Utf8JsonWriter writer) => WriteParts(writer, "$and", Parts);
    }

    /// <summary>At least one part holds.</summary>
    public sealed record Any(IReadOnlyList<RuleNode> Parts) : RuleNode
    {
        public override int Depth => DepthOf(Parts);

        public override void WriteTo(Utf8JsonWriter writer) => WriteParts(writer, "$or", Parts);
    }

    /// <summary>The part does not hold.</summary>
    public sealed record Not(RuleNode Part) : RuleNode
    {
        public override int Depth => 1 + Part.Depth;

        public override void WriteTo(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("$not");
            Part.WriteTo(writer);
            writer.WriteEndObject();
        }
    }

    /// <summary>The attribute is there and truthy: GrowthBook compares with a bare <c>true</c> in just that way.</summary>
    public sealed record Truthy(string Attribute) : RuleNode
    {
        public override int Depth => 1;

        public override void WriteTo(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteBoolean(Attribute, true);
            writer.WriteEndObject();
        }
    }

    /// <summary>The attribute compares with the value as GrowthBook's operator (<c>$gte</c>, …) says.</summary>
    public sealed record Comparison(string Attribute, string Operator, RuleToken Value) : RuleNode
    {
        public override int Depth => 2;

        public override void WriteTo(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteStartObject(Attribute);
            writer.WritePropertyName(Operator);
            WriteValue(writer, Value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    /// <summary>The attribute is one of the values (<c>$in</c>), or none of them (<c>$nin</c>).</summary>
    public sealed record Membership(string Attribute, string Operator, IReadOnlyList<RuleToken> Values) : RuleNode
    {
        public override int Depth => 3;

        public override void WriteTo(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteStartObject(Attribute);
            writer.WriteStartArray(Operator);
            foreach (var value in Values) WriteValue(writer, value);
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    private static int DepthOf(IReadOnlyList<RuleNode> parts) => 2 + parts.Max(static part => part.Depth);

    private static void WriteParts(Utf8JsonWriter writer, string name, IReadOnlyList<RuleNode> parts)
    {
        writer.WriteStartObject();
        writer.WriteStartArray(name);
        foreach (var part in parts) part.WriteTo(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, RuleToken value)
    {
        // Numbers and true, false, null are spelled as in JSON.
        if (value.Kind is RuleTokenKind.Text or RuleTokenKind.Version) writer.WriteStringValue(value.Value);
        else writer.WriteRawValue(value.Value, skipInputValidation: true);
    }
}
