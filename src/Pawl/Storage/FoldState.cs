using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pawl.Storage;

/// <summary>What makes two decisions count as the same kind with the same result.</summary>
internal readonly record struct CountKey(
    string Goal, string Node, string Intent, string Type, string Chosen, string OptionIds, long? Succeeded, string? Fingerprint)
{
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\u001f', Goal, Node, Intent, Type, Chosen, OptionIds, Succeeded?.ToString(CultureInfo.InvariantCulture), Fingerprint))).AsSpan(0, 16));
}

/// <summary>A run as far as it is folded.</summary>
internal sealed class RunState(long no, string goal, List<string> nodes, List<string> edges)
{
    public long No => no;

    public string Goal => goal;

    public List<string> Nodes => nodes;

    public List<string> Edges => edges;

    public required string Status { get; set; }

    public long? CompletedAt { get; set; }

    public long LastEvent { get; set; }

    public long NextDecision { get; set; }

    public long NextProblem { get; set; }

    public string? Node { get; set; }

    public long Decisions { get; set; }

    public long Succeeded { get; set; }

    public long Failed { get; set; }

    public long Problems { get; set; }

    public string? Ended { get; set; }

    public void SetNode(string node)
    {
        Node = node;
        Visit(node);
    }

    public void Visit(string node)
    {
        if (!nodes.Contains(node, StringComparer.Ordinal)) nodes.Add(node);
    }

    public void Count(long? succeeded, int change)
    {
        if (succeeded == 1) Succeeded += change;
        else if (succeeded == 0) Failed += change;
    }
}

/// <summary>A decision as far as it is folded.</summary>
internal sealed class DecisionState(long run, long n, string goal, bool isNew)
{
    public long Run => run;

    public long N => n;

    public string Goal => goal;

    public bool IsNew => isNew;

    public CountKey? Counted { get; set; }

    public required string Id { get; init; }

    public required string Node { get; init; }

    public required string Intent { get; init; }

    public required string Type { get; init; }

    public required string Chosen { get; init; }

    public required string OptionIds { get; init; }

    public required string Decided { get; init; }

    public long? Succeeded { get; set; }

    public string? Fingerprint { get; set; }

    public string? Outcome { get; set; }

    public string? Earlier { get; set; }

    public string? Evaluation { get; set; }

    public CountKey Key() => new(goal, Node, RunFold.Cut(Intent), Type, Chosen, OptionIds, Succeeded, Fingerprint);

    public void Take(string line, bool success, string? failure)
    {
        if (Outcome is { } before) Earlier = Earlier is null ? $"[{before}]" : string.Concat(Earlier.AsSpan(0, Earlier.Length - 1), ",", before, "]");
        Outcome = line;
        Succeeded = success ? 1 : 0;
        Fingerprint = success ? null : Pawl.Fingerprint.Of(failure);
    }
}
