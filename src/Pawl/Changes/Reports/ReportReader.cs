using System.Security;
using System.Text;
using System.Text.Json;
using System.Xml;

namespace Pawl.Changes.Reports;

/// <summary>
/// Reads what a check reported. A report is what the judged code wrote, so nothing in it is believed beyond its numbers: no DTD, no
/// external entity, no unlimited size, depth or count, and what is not whole is not read at all. Never throws.
/// </summary>
internal static class ReportReader
{
    private const int WhyCharacters = 1000;

    /// <summary>Reads a file of at most <see cref="Limits.ReportBytes"/>; a larger one is refused before it is opened.</summary>
    public static ReportOutcome Read(ReportFormat format, string file)
    {
        try
        {
            var info = new FileInfo(file);
            if (!info.Exists) return new ReportOutcome.Unreadable($"{file} is not there.");
            if (format == ReportFormat.Text) return new ReportOutcome.Read(new TestReport([]));
            if (info.Attributes.HasFlag(FileAttributes.ReparsePoint)) return new ReportOutcome.Unreadable($"{file} is a link, not a file.");
            // Pipes and devices have no length either, and opening one might wait for ever.
            if (info.Length == 0) return new ReportOutcome.Unreadable($"{file} is empty.");
            if (info.Length > Limits.ReportBytes) return new ReportOutcome.Unreadable($"{file}: {TooLarge}");
            using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024);
            return Read(format, content, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SecurityException or ArgumentException or NotSupportedException)
        {
            return new ReportOutcome.Unreadable($"{file} cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads a stream to its end, or to the limit.</summary>
    /// <param name="name">What the report is called in the answer.</param>
    public static ReportOutcome Read(ReportFormat format, Stream content, string name)
    {
        try
        {
            if (format == ReportFormat.Text) return new ReportOutcome.Read(new TestReport([]));
            var limited = new LimitedStream(content, Limits.ReportBytes, TooLarge);
            var encoding = ReportEncoding.Detect(limited, out var whole);
            return new ReportOutcome.Read(new TestReport(format switch
            {
                ReportFormat.Trx => TrxReader.Read(whole, encoding),
                ReportFormat.JUnit => JUnitReader.Read(whole, encoding),
                ReportFormat.Tap => TapReader.Read(whole, encoding),
                ReportFormat.Sarif => SarifReader.Read(whole, encoding),
                _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
            }));
        }
        catch (ReportException e)
        {
            return Refused($"{name}: {e.Message}");
        }
        catch (XmlException e) when (e.Message.Contains("DTD", StringComparison.Ordinal))
        {
            return Refused($"{name}: it has a DTD, and none is read.");
        }
        catch (XmlException e)
        {
            return Refused($"{name}: no whole XML document, line {e.LineNumber}: {e.Message}");
        }
        catch (JsonException e)
        {
            return Refused($"{name}: no whole JSON document: {e.Message}");
        }
        catch (DecoderFallbackException e)
        {
            return Refused($"{name}: the bytes are not in the encoding they should be in: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            return Refused($"{name} cannot be read: {e.Message}");
        }
    }

    // What went wrong may quote the report, as much of it and in whatever characters it likes.
    private static ReportOutcome.Unreadable Refused(string why) => new(CaseList.Kept(PlainText.Of(why).ReplaceLineEndings(" "), WhyCharacters));

    private static string TooLarge => $"larger than {Limits.ReportBytes / (1024 * 1024)} MiB. Report fewer tests, or write less of their output into the report.";
}

/// <summary>A report that cannot be trusted; the message says why and where.</summary>
internal sealed class ReportException(string message) : Exception(message);
