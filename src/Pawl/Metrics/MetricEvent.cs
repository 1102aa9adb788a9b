using System.Text.Json;
using Pawl.Runs;

namespace Pawl.Metrics;

/// <summary>One thing that was posted to Pawl for its embedded source.</summary>
public abstract record MetricEvent
{
    private MetricEvent()
    {
    }

    /// <summary>Given by the sender, so that what is sent twice counts once.</summary>
    public required string Id { get; init; }

    /// <summary>Whom it is about: the flag's unit.</summary>
    public required string Unit { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>A unit was shown a variant.</summary>
    public sealed record Exposure : MetricEvent
    {
        /// <summary>The flag's key.</summary>
        public required string Flag { get; init; }

        /// <summary>The variant.</summary>
        public required string Variant { get; init; }
    }

    /// <summary>A unit did something, or something was measured of it.</summary>
    public sealed record Occurrence : MetricEvent
    {
        /// <summary>The event's name.</summary>
        public required string Name { get; init; }

        /// <summary>A finite number; null counts as 1.</summary>
        public double? Value { get; init; }
    }

    /// <summary>
    /// Reads one: <c>{"id", "unit", "at", "flag", "variant"}</c> is an exposure, <c>{"id", "unit", "at", "event", "value"?}</c> an occurrence.
    /// </summary>
    /// <exception cref="BadInputException">It is neither; the message names the place.</exception>
    public static MetricEvent Read(JsonElement json)
    {
        try
        {
            return Parse(json);
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException(e.Message, e);
        }
    }

    private static MetricEvent Parse(JsonElement json)
    {
        var members = new MetricMembers(json, "id", "unit", "at", "flag", "variant", "event", "value");
        var (id, unit) = (Name("id"), Name("unit"));
        DateTimeOffset? read = null;
        members.Read("at", value => read = Instants.Utc.Read(value));
        var at = read ?? throw new JsonShapeException("\"at\" is missing");
        if (!members.Has("flag"))
        {
            members.Refuse("variant", "an occurrence has no variant, and an exposure names its flag");
            return new Occurrence { Id = id, Unit = unit, At = at, Name = Name("event"), Value = members.Number("value", double.NegativeInfinity, double.MaxValue) };
        }

        members.Refuse("event", "an exposure, which names a flag, is no event: send the two apart");
        members.Refuse("value", "an exposure has no value");
        return new Exposure { Id = id, Unit = unit, At = at, Flag = Name("flag"), Variant = Name("variant") };

        string Name(string member)
        {
            string? name = null;
            members.Read(member, value => name = JsonShape.Name(value));
            return name ?? throw new JsonShapeException($"\"{member}\" is missing");
        }
    }
}
