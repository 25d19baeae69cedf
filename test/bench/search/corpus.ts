import { createObservable } from '#shared/domain/observable/normalise.ts';
import type { CaseBody } from '#shared/schema/case.ts';
import type { RecordInput } from '../../../src-renderer/db/worker/protocol.ts';
import { createSeededNumbers } from '../../factories/seeded.ts';

/** The languages a search is measured in. */
export const BENCH_LANGUAGES = ['en', 'th', 'lo', 'km', 'my', 'vi', 'zh', 'id', 'fil'] as const;
export type BenchLanguage = (typeof BENCH_LANGUAGES)[number];

/** Words of reports, by language; `common` is one of them, `planted` phrases hold words no other document has. */
const TEXTS: Readonly<Record<BenchLanguage, { readonly words: string; readonly gap: string; readonly common: string; readonly planted: readonly string[] }>> = {
  en: {
    words: 'account transfer victim wallet platform investigation bank police phone message website money suspect branch report officer evidence payment fraud group capital border network agency',
    gap: ' ',
    common: 'mule account',
    planted: ['quartz lantern operation', 'vermilion harbour'],
  },
  th: {
    words: 'บัญชี โอนเงิน ผู้เสียหาย กระเป๋าเงิน แพลตฟอร์ม การสืบสวน ธนาคาร ตำรวจ โทรศัพท์ ข้อความ เว็บไซต์ จำนวน ผู้ต้องสงสัย สาขา รายงาน เจ้าหน้าที่ หลักฐาน ชายแดน เครือข่าย หน่วยงาน',
    gap: '',
    common: 'บัญชีธนาคาร',
    planted: ['ปฏิบัติการโคมไฟควอตซ์', 'น้ำตกสีชาดแห่งภูผา'],
  },
  lo: {
    words: 'ບັນຊີ ໂອນເງິນ ຜູ້ເສຍຫາຍ ກະເປົາເງິນ ແພລດຟອມ ການສືບສວນ ທະນາຄານ ຕຳຫຼວດ ໂທລະສັບ ຂໍ້ຄວາມ ເວັບໄຊ ຈຳນວນ ຜູ້ຕ້ອງສົງໄສ ສາຂາ ລາຍງານ ເຈົ້າໜ້າທີ່ ຫຼັກຖານ ຊາຍແດນ ເຄືອຂ່າຍ',
    gap: '',
    common: 'ບັນຊີທະນາຄານ',
    planted: ['ຍຸດທະການໂຄມໄຟແກ້ວ', 'ນ້ຳຕົກສີແດງໝາກສຸກ'],
  },
  km: {
    words: 'គណនី ផ្ទេរប្រាក់ ជនរងគ្រោះ កាបូប វេទិកា ការស៊ើបអង្កេត ធនាគារ ប៉ូលិស ទូរសព្ទ សារ គេហទំព័រ ចំនួន ជនសង្ស័យ សាខា របាយការណ៍ មន្ត្រី ភស្តុតាង ព្រំដែន បណ្តាញ',
    gap: '',
    common: 'គណនីធនាគារ',
    planted: ['ប្រតិបត្តិការគោមកែវ', 'ទឹកជ្រោះពណ៌ក្រហមស្រ្តី'],
  },
  my: {
    words: 'အကောင့် ငွေလွှဲ ကျူးလွန်ခံရသူ ပိုက်ဆံအိတ် ပလက်ဖောင်း စုံစမ်းစစ်ဆေးမှု ဘဏ် ရဲတပ်ဖွဲ့ ဖုန်း စာတို ဝက်ဘ်ဆိုက် ပမာဏ သံသယရှိသူ ဘဏ်ခွဲ အစီရင်ခံစာ အရာရှိ သက်သေ နယ်စပ် ကွန်ရက်',
    gap: '',
    common: 'ဘဏ်အကောင့်',
    planted: ['မီးအိမ်ကျောက်စိမ်းစီမံချက်', 'ရေတံခွန်နီကြီးကျွန်း'],
  },
  vi: {
    words: 'tài khoản chuyển tiền nạn nhân ví điện tử nền tảng điều tra ngân hàng công an điện thoại tin nhắn trang web số tiền nghi phạm chi nhánh báo cáo cán bộ chứng cứ biên giới mạng lưới',
    gap: ' ',
    common: 'tai khoan',
    planted: ['chiến dịch đèn lồng thạch anh', 'thác nước đỏ son'],
  },
  zh: {
    words: '账户 转账 受害者 钱包 平台 调查 银行 警察 电话 短信 网站 金额 嫌疑人 分行 报告 警官 证据 边境 网络 机构',
    gap: '',
    common: '银行账户',
    planted: ['石英灯笼行动', '朱红瀑布之夜'],
  },
  id: {
    words: 'rekening transfer korban dompet platform penyelidikan bank polisi telepon pesan situs uang tersangka cabang laporan petugas bukti pembayaran penipuan kelompok perbatasan jaringan',
    gap: ' ',
    common: 'rekening bank',
    planted: ['operasi lentera kuarsa', 'air terjun merah delima'],
  },
  fil: {
    words: 'account paglilipat biktima pitaka plataporma imbestigasyon bangko pulis telepono mensahe pera suspek sangay ulat opisyal ebidensiya bayad panloloko grupo hangganan kawing',
    gap: ' ',
    common: 'bangko pulis',
    planted: ['operasyong parol na kuwarso', 'pulang talon ng bundok'],
  },
};

/** Records a planted phrase is in. */
export const PLANTED_IN = 20;

/** What is asked in a language: its planted phrases with the numbers of the records that hold them, and a phrase that thousands hold. */
export function benchQueries(language: BenchLanguage, docs: number): { readonly common: string; readonly planted: readonly { readonly phrase: string; readonly in: readonly number[] }[] } {
  const { common, planted } = TEXTS[language];
  const step = Math.floor(docs / PLANTED_IN);
  const slot = BENCH_LANGUAGES.indexOf(language) * 2;
  return { common, planted: planted.map((phrase, n) => ({ phrase, in: Array.from({ length: PLANTED_IN }, (_, k) => k * step + slot + n) })) };
}

/** The id of the n-th record. */
export function benchId(n: number): string {
  return `${(0x01a00000 + (n >> 4)).toString(16).padStart(8, '0')}-0000-7${(n & 15).toString(16)}00-8000-${n.toString(16).padStart(12, '0')}`;
}

/** The k-th observable value of the n-th record; one in ten is shared with a few other records, none with many. */
export function benchValue(n: number, k: number): string {
  return k === 0 ? `shared-${n % 30_000}.example` : `d${n.toString(36)}x${k}.example`;
}

/** The n-th of `docs` cases of about 1 KB in one of nine languages, with ten observables. */
export function benchCase(n: number, docs: number): RecordInput {
  const random = createSeededNumbers(n * 7_919 + 5);
  const language = BENCH_LANGUAGES[n % BENCH_LANGUAGES.length] ?? 'en';
  const { words, gap, common } = TEXTS[language];
  const list = words.split(' ');
  const text = (count: number) => Array.from({ length: count }, () => (random() < 0.03 ? common : list[Math.floor(random() * list.length)])).join(gap);
  const step = Math.floor(docs / PLANTED_IN);
  const planted =
    n < step * PLANTED_IN
      ? BENCH_LANGUAGES.flatMap((each) =>
          benchQueries(each, docs)
            .planted.filter(({ in: places }) => places[Math.floor(n / step)] === n)
            .map(({ phrase }) => phrase),
        )
      : [];
  const body: CaseBody = {
    title: `${text(4)} ${Math.floor(random() * 1e6)}`,
    number: `XX-2026-${String(n).padStart(6, '0')}`,
    offence: 'online-fraud',
    summary: [...Array.from({ length: 5 }, () => `${text(14)}.`), ...planted, `${text(8)}.`].join(' '),
    lang: language,
    opened: '2026-11-03',
    observables: Array.from({ length: 10 }, (_, k) => createObservable('domain', benchValue(n, k))).filter((each) => each !== undefined),
  };
  return { id: benchId(n), entity: 'case', body, status: n % 3 === 0 ? 'active' : 'new', tlp: 'AMBER' };
}
