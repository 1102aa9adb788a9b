using System.Text;
using Pawl.Changes.Reports;
using Pawl.Tests.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Fuzz;

/// <summary>Broken reports: each is read within the limits, or refused with words, and a green report that is cut off is never green.</summary>
public sealed class ReportFuzzTests
{
    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests/Pawl.Tests/Changes/Reports/Samples")).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Read_BrokenReports_AreReadWithinTheLimitsOrRefused(string name)
    {
        var (mutator, whole, format, read, refused) = (new Mutator(31), Sample.Bytes(name), Sample.Format(name), 0, 0);
        for (var n = 0; n < LongRun.Scale(1000, 100_000); n++)
        {
            if (IsRead(format, mutator.Mutate(whole))) read++;
            else refused++;
        }

        // TAP passes over what it does not know, so only bytes in no encoding are refused.
        Assert.True(read > 50 && refused > 10, $"{read} were read, {refused} were refused.");
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Read_CutOffAtEveryByte_IsRefusedOrNotGreen(string name)
    {
        var (whole, format) = (Sample.Bytes(name), Sample.Format(name));
        var (tests, end) = (Sample.Report(name).Tests.Count, Encoding.UTF8.GetString(whole).TrimEnd());
        for (var length = 0; length < whole.Length; length += LongRun.Scale(3, 1))
        {
            var outcome = Sample.Read(format, whole[..length]);
            if (format != ReportFormat.Tap) Assert.True(outcome is ReportOutcome.Unreadable || length >= Encoding.UTF8.GetByteCount(end), $"{length} bytes");
            else if (outcome is ReportOutcome.Read { Report: var report }) Assert.True(report.Failed > 0 || report.Tests.Count == tests, $"{length} bytes");
        }
    }

    [Theory]
    [InlineData(nameof(ReportFormat.Trx))]
    [InlineData(nameof(ReportFormat.JUnit))]
    [InlineData(nameof(ReportFormat.Tap))]
    [InlineData(nameof(ReportFormat.Sarif))]
    public void Read_RandomBytes_IsRefusedOrReadWithinTheLimits(string format)
    {
        var random = new Random(5);
        for (var n = 0; n < LongRun.Scale(1000, 100_000); n++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            IsRead(Sample.Named(format), bytes);
            // Every byte a character of the format, so that more than the first is looked at.
            var alphabet = "<>/='\"&;! okno12.#-\n\t {}[]:,testsuiteTestRunskp"u8;
            for (var i = 0; i < bytes.Length; i++) bytes[i] = alphabet[bytes[i] % alphabet.Length];
            IsRead(Sample.Named(format), bytes);
        }
    }

    private static bool IsRead(ReportFormat format, byte[] bytes)
    {
        switch (Sample.Read(format, bytes))
        {
            case ReportOutcome.Read { Report: var report }:
                Assert.Equal(report.Tests.Count, report.Tests.DistinctBy(test => test.Id).Count());
                Assert.All(report.Tests, test => Assert.True(test.Id.Trim().Length > 0 && test.Id.Length < 600 && !test.Id.Any(char.IsControl)
                    && test.Message.Length <= Limits.ReportMessageCharacters && test.Stack.Length <= Limits.ReportStackCharacters));
                return true;
            case ReportOutcome.Unreadable { Why: var why }:
                Assert.StartsWith("report", why, StringComparison.Ordinal);
                Assert.True(why.Length < 2000);
                return false;
            default:
                throw new InvalidOperationException();
        }
    }
}
