#!/usr/bin/perl
# parse.pl - messages (RFC 5322) taken apart by code that is not ours: Perl's own Encode and MIME modules.
#
# Reads a length in a line of its own and so many bytes of message, again and again.  Answers in the same form with
# NUL-ended fields in UTF-8: name and decoded value of each header field, then type and decoded body of each part; or
# with "!" and a sentence, when something is not as it should be.
use strict;
use warnings;
use Encode;
use MIME::QuotedPrint;

sub wrong { die "!@_\n" }

sub headers {
	my ($block) = @_;
	$block =~ s/\r\n(?=[ \t])//g;
	my @fields;
	for (split /\r\n/, $block) {
		/^([!-9;-~]+): (.*)\z/s or wrong("no header field: $_");
		my ($name, $value) = ($1, $2);
		for ($value =~ /(=\?\S+?\?\w\?\S*?\?=)/g) {
			wrong('an encoded word of over 75 characters') if length > 75;
			wrong("a character is divided: $_") if decode('MIME-Header', $_) =~ /\x{fffd}/;
		}
		push @fields, $name, $value =~ /=\?/ ? decode('MIME-Header', $value) : decode('UTF-8', $value, Encode::FB_CROAK);
	}
	return @fields;
}

sub lines {
	my ($message) = @_;
	wrong('a bare CR or LF') if $message =~ /\r(?!\n)|(?<!\r)\n/;
	wrong('a NUL') if $message =~ /\0/;
	wrong('no end of line at the end') unless $message =~ /\r\n\z/;
	for (split /\r\n/, $message) {
		wrong("a line of ${\length} bytes: $_") if length > 998 || length > 76 && !/\@/;
		wrong("white space at the end: $_") if /[ \t]\z/;
	}
}

sub part {
	my ($head, $content) = split /\r\n\r\n/, $_[0], 2;
	my %field = headers($head);
	wrong('an unknown encoding') unless ($field{'Content-Transfer-Encoding'} // '') eq 'quoted-printable';
	($content = decode_qp($content)) =~ s/\r\n/\n/g;
	return $field{'Content-Type'} // '', decode('UTF-8', $content, Encode::FB_CROAK);
}

sub message {
	my ($message) = @_;
	lines($message);
	my ($head, $body) = split /\r\n\r\n/, $message, 2;
	my @fields = headers($head);
	my %field = @fields;
	($field{'Content-Type'} // '') =~ m{^multipart/alternative; boundary="([^"]{1,70})"\z} or wrong('no multipart/alternative');
	my $boundary = quotemeta $1;
	wrong("a line that mail servers touch: $1") if "\n$body" =~ /\n(\.|From )/;
	$body =~ s/\r\n--$boundary--\r\n\z// or wrong('no end of the parts');
	my ($before, @parts) = split /(?:\A|\r\n)--$boundary\r\n/, $body;
	wrong('something before the first part') if $before ne '';
	wrong('an end of the parts before the last one') if grep { /(?:\A|\r\n)--$boundary/ } @parts;
	return @fields, map { part($_) } @parts;
}

binmode STDIN;
binmode STDOUT;
$| = 1;
while (defined(my $length = <STDIN>)) {
	read(STDIN, my $message, $length) == $length or exit 1;
	my @fields = eval { message($message) };
	my $answer = $@ ne '' ? ($@ =~ /^!/ ? $@ : "!$@") : join '', map { encode('UTF-8', $_) . "\0" } @fields;
	print length $answer, "\n", $answer;
}
