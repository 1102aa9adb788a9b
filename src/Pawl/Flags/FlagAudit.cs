using System.Globalization;
using System.Text.Json;
using Pawl.Ledger;

namespace Pawl.Flags;

/// <summary>
/// Compares flags and their histories with the receipts that they were given. The receipts themselves are <see cref="LedgerVerifier"/>'s to
/// verify; with both, what is live is what somebody was given a receipt for.
/// </summary>
public sealed class FlagAudit
{
    private const string SubjectStart = "flag:";
    private const int PageRows = 512;

    private readonly IFlagView _flags;
    private readonly ILedgerView _ledger;
    private readonly long _known;
    private readonly List<LedgerFinding> _findings = [];

    private FlagAudit(IFlagView flags, ILedgerView ledger, long known) => (_flags, _ledger, _known) = (flags, ledger, known);

    /// <summary>What of all flags is not what its receipt was given for.</summary>
    /// <exception cref="UnavailableException">The flags or the receipts cannot be read.</exception>
    public static IReadOnlyList<LedgerFinding> Run(IFlagStore flags, ILedgerStore ledger)
    {
        ArgumentNullException.ThrowIfNull(flags);
        ArgumentNullException.ThrowIfNull(ledger);

        // Flags may change meanwhile. Each one read has its receipt in what is read after it, and each receipt known before has its flag.
        var known = ledger.Read(view => view.Count().Receipts);
        return flags.Read(view =>
        {
            _ = view.Revision; // from here on the view stands still
            return ledger.Read(receipts => new FlagAudit(view, receipts, known).Run());
        });
    }

    /// <summary>Why a version in a flag's history is not what its receipt was given for; null where it is.</summary>
    /// <param name="version">The version.</param>
    /// <param name="ledger">Where its receipt is.</param>
    public static string? Fault(FlagVersion version, ILedgerView ledger)
    {
        ArgumentNullException.ThrowIfNull(version);
        ArgumentNullException.ThrowIfNull(ledger);
        var name = string.Create(CultureInfo.InvariantCulture, $"Version {version.Flag.Version} of flag {version.Flag.Key}");
        if (ledger.Stored(version.Receipt)?.Receipt is not { } receipt) return $"{name} names receipt {version.Receipt}, and there is none that can be read.";
        var faults = Faults(version.Flag, receipt).ToList();
        if (receipt.Actor != version.Actor) faults.Add("who changed it was changed");
        if (receipt.At != version.At) faults.Add("when it was changed was changed");
        if (receipt.Ref != version.Reference) faults.Add("its receipt's name was changed");
        if (Change.Of(receipt) is { } change && change.Why != version.Why) faults.Add("its reason was changed");
        return Sentence(name, receipt, faults);
    }

    /// <summary>Why a flag as it stands is not what its receipt was given for; null where it is.</summary>
    /// <param name="flag">The flag.</param>
    /// <param name="seq">The number of the receipt.</param>
    /// <param name="ledger">Where that is.</param>
    public static string? Fault(Flag flag, long seq, ILedgerView ledger)
    {
        ArgumentNullException.ThrowIfNull(flag);
        ArgumentNullException.ThrowIfNull(ledger);
        return ledger.Stored(seq)?.Receipt is { } receipt
            ? Sentence($"Flag {flag.Key}", receipt, [.. Faults(flag, receipt)])
            : $"Flag {flag.Key} has receipt {seq}, and there is none that can be read.";
    }

    private static IEnumerable<string> Faults(Flag flag, Receipt receipt)
    {
        if (Change.Of(receipt) is not { } change || change.Flag != flag.Key)
            yield return $"that one is on {receipt.Subject}";
        else if (change.Version != flag.Version)
            yield return string.Create(CultureInfo.InvariantCulture, $"that one is of version {change.Version}");
        else if (change.Digest != flag.Digest)
            yield return "its document was changed";
    }

    private static string? Sentence(string name, Receipt receipt, List<string> faults) =>
        faults.Count == 0 ? null : $"{name} is not what receipt {receipt.Seq} ({receipt.Ref}) was given for: {string.Join(", ", faults)}.";

    private List<LedgerFinding> Run()
    {
        var traces = Traces();
        var standing = _flags.Sound(out var damaged).ToDictionary(flag => flag.Key, StringComparer.Ordinal);
        foreach (var problem in damaged) Add(traces.GetValueOrDefault(problem.Flag)?.Newest.Seq, problem.Message);
        foreach (var flag in standing.Values)
        {
            if (traces.TryGetValue(flag.Key, out var trace)) Standing(flag, trace);
            else Add(null, $"Flag {flag.Key} has no receipt: it was not put there by Pawl.");
        }

        var read = standing.Keys.Concat(damaged.Select(problem => problem.Flag)).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, trace) in traces)
        {
            var newest = trace.Newest;
            if (!read.Contains(key) && newest.Seq < _known) Add(newest.Seq, $"Flag {key} is gone, and receipt {newest.Seq} ({newest.Ref}) put it there.");
            else if (read.Contains(key)) History(key, trace);
        }

        return _findings;
    }

    private Dictionary<string, Trace> Traces()
    {
        var traces = new Dictionary<string, Trace>(StringComparer.Ordinal);
        for (var next = 0L; ;)
        {
            var page = _ledger.Page(next, PageRows);
            foreach (var row in page)
            {
                if (row.Receipt is not { } receipt || Change.Of(receipt) is not { } change) continue;
                var trace = traces.GetValueOrDefault(change.Flag) ?? new Trace(0, receipt, 0);
                if (receipt.Seq < _known) trace = trace with { Known = trace.Known + 1 };
                traces[change.Flag] = change.Version >= trace.Version ? trace with { Newest = receipt, Version = change.Version } : trace;
            }

            if (page.Count < PageRows || page[^1].Seq is not { } last || last < next) return traces;
            next = last + 1;
        }
    }

    private void Standing(Flag flag, Trace trace)
    {
        if (flag.Version == trace.Version) Add(trace.Newest.Seq, Fault(flag, trace.Newest.Seq, _ledger));
        else if (flag.Version > trace.Version || trace.Newest.Seq < _known)
            Add(trace.Newest.Seq, string.Create(CultureInfo.InvariantCulture, $"Flag {flag.Key} stands at version {flag.Version}, and its newest receipt, {trace.Newest.Seq} ({trace.Newest.Ref}), is of version {trace.Version}."));
    }

    private void History(string key, Trace trace)
    {
        try
        {
            var versions = _flags.History(key);
            foreach (var version in versions) Add(version.Receipt, Fault(version, _ledger));
            if (versions.Count < trace.Known)
                Add(trace.Newest.Seq, string.Create(CultureInfo.InvariantCulture, $"Flag {key} has {trace.Known} receipts and {versions.Count} versions: its history was cut."));
        }
        catch (UnavailableException e)
        {
            Add(trace.Newest.Seq, "In its history: " + e.Message);
        }
    }

    private void Add(long? receipt, string? message)
    {
        if (message is not null) _findings.Add(new LedgerFinding(LedgerFault.Effect, receipt, message));
    }

    /// <summary>The receipts of one flag.</summary>
    /// <param name="Known">How many there were when the audit began.</param>
    /// <param name="Newest">The one of the newest version.</param>
    /// <param name="Version">That version.</param>
    private sealed record Trace(long Known, Receipt Newest, long Version);

    /// <summary>What a receipt says of the flag that was changed with it.</summary>
    private sealed record Change(string Flag, long Version, string Digest, string Why)
    {
        /// <summary>Null where it is a receipt for something else: not everything on a flag is a change of it.</summary>
        public static Change? Of(Receipt receipt)
        {
            if (receipt is not { Kind: ReceiptKind.Result, Ok: true, Data: { } data } || !receipt.Subject.StartsWith(SubjectStart, StringComparison.Ordinal)) return null;
            using var parsed = JsonDocument.Parse(data);
            var root = parsed.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("to_version", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out var number)
                && root.TryGetProperty("document", out var digest) && digest.ValueKind == JsonValueKind.String
                && root.TryGetProperty("why", out var why) && why.ValueKind == JsonValueKind.String
                    ? new Change(receipt.Subject[SubjectStart.Length..], number, digest.GetString()!, why.GetString()!)
                    : null;
        }
    }
}
